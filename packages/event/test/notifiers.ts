/** The notifiers that every test of this package runs over. */
import type { Notifier } from "@pike-io/notifier";
import { MemoryNetwork } from "@pike-io/notifier-memory";
import { openNotifier } from "@pike-io/notifier-native";

/** Each by name, with how to open one. The caller closes it. */
export const notifiers: readonly (readonly [name: string, open: () => Notifier])[] = [
  ["notifier-memory", () => new MemoryNetwork({ seed: 7 }).host("10.0.0.1")],
  ["notifier-native", () => openNotifier()],
];

/** What a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { code: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error & { code: string };
  }
  throw new Error("it was not rejected");
}

/** What a function threw. */
export function thrown(work: () => unknown): Error & { code: string } {
  try {
    work();
  } catch (error) {
    return error as Error & { code: string };
  }
  throw new Error("it did not throw");
}
