/**
 * What tests need on Windows, and what wine cannot show in its place, by the names of the cases.
 */
import { createRequire } from "node:module";

/** native/test/windows_stage.cc, where whoever runs the tests has built it. */
export interface WindowsStage {
  /** How many handles this process has open. */
  handles(): number;
  /** Both ends of a named pipe, overlapped; of messages, if `messages` is 1. */
  pipe(messages: number): readonly [number, number];
  /** Both ends of an anonymous pipe: its calls block. */
  blockingPipe(): readonly [number, number];
  /** A regular file. */
  file(): number;
  close(handle: number): void;
  /** The console tells its programs: 0 Ctrl-C, 1 Break, 2 close, 5 log-off, 6 shut-down. */
  speak(event: number): void;
  /** How many events are still being handled. */
  speaking(): number;
}

const stagePath = process.env["PIKE_WINDOWS_STAGE"];

/** The stage. Only inside a case that `onStage` declared. */
export function stage(): WindowsStage {
  return createRequire(import.meta.url)(stagePath as string) as WindowsStage;
}

/** Whether Windows is wine: its runner says so. */
export const inWine: boolean = process.env["PIKE_TEST_WINE"] !== undefined;

/** Options that Windows lacks; test/windows-options.test.ts has what asking for them gives. */
const ofWindows = /^(reusePort|receiveLowWater|sendLowWater) /;
/** Options that Windows 10 has and wine 8 does not. */
const ofWine = /^(dontRoute|keepIdle|keepInterval|keepCount|trafficClass) reads as it was set$/;

/** Why a case of the suites cannot be played on Windows; null for those that can. */
export function lackingOnWindows(name: string): string | null {
  if (ofWindows.test(name)) return "Windows has no such option";
  return inWine && ofWine.test(name) ? "wine has no such option" : null;
}

/** A case of Windows alone: pending elsewhere, by name. */
export function onlyOnWindows(name: string, body: () => void | Promise<void>): void {
  if (process.platform === "win32") it(name, body);
  else it(`${name} [not run: this is not Windows]`);
}

/** A case of Windows that needs the stage: pending where there is none, by name. */
export function onStage(name: string, body: () => void | Promise<void>): void {
  if (process.platform !== "win32" || stagePath !== undefined) onlyOnWindows(name, body);
  else it(`${name} [not run: PIKE_WINDOWS_STAGE names no stage]`);
}
