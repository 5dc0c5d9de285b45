/**
 * What Windows, and wine in its place, cannot show: by the names of the cases, with the reasons.
 */

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
