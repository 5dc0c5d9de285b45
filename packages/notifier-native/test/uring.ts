/** What the suites of io_uring share: whether it is to be had here, and a pair of ends. */
import { once } from "node:events";
import net from "node:net";
import type { Notifier } from "@pike-io/notifier";
import { type NativeNotifier, openNotifier } from "@pike-io/notifier-native";
import { connect, type Socket } from "@pike-io/socket";

/** Why this machine has no io_uring; null when it has. */
export const refusal: string | null = await refused();

async function refused(): Promise<string | null> {
  try {
    await openNotifier({ backend: "io_uring" }).close();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A test where io_uring can be had; elsewhere a pending one that says why. */
export function test(title: string, body: () => Promise<void>): void {
  if (refusal === null) it(title, body);
  else it(`${title} (skipped: ${refusal})`);
}

/** A test where the system has io_uring, refused or not; elsewhere a pending one that says why. */
export function testOfLinux(title: string, body: () => void): void {
  if (refusal?.startsWith("there is no backend") !== true) it(title, body);
  else it(`${title} (skipped: ${refusal})`);
}

/** Opens a notifier on io_uring, less some features; sending in one of its ways. */
export function openUring(
  without = "",
  drive: "attached" | "manual" = "attached",
  sends = "",
): NativeNotifier {
  return withVariable("PIKE_URING_FEATURES", without, () =>
    withVariable("PIKE_URING_SENDS", sends === "" ? undefined : sends, () =>
      openNotifier({ backend: "io_uring", drive }),
    ),
  );
}

function withVariable<Result>(name: string, value: string | undefined, run: () => Result): Result {
  const before = process.env[name];
  const set = (to: string | undefined): void => {
    if (to === undefined) delete process.env[name];
    else process.env[name] = to;
  };
  set(value);
  try {
    return run();
  } finally {
    set(before);
  }
}

/** Two ends of TCP connections over loopback: pike's, connected, and Node's. */
export class Ends {
  readonly #server = net.createServer();
  readonly #others: net.Socket[] = [];
  readonly #notifier: Notifier;

  constructor(notifier: Notifier) {
    this.#notifier = notifier;
  }

  /** One more connection. */
  async open(): Promise<readonly [Socket, net.Socket]> {
    if (!this.#server.listening) {
      this.#server.listen(0, "127.0.0.1");
      await once(this.#server, "listening");
    }
    const accepted = once(this.#server, "connection");
    const { port } = this.#server.address() as net.AddressInfo;
    const peer = await connect({ host: "127.0.0.1", port, notifier: this.#notifier });
    const [other] = (await accepted) as [net.Socket];
    other.on("error", () => {});
    this.#others.push(other);
    return [peer, other];
  }

  /** Several, one after the other: who is whose other end is known by the order. */
  async openMany(count: number): Promise<readonly (readonly [Socket, net.Socket])[]> {
    const pairs: (readonly [Socket, net.Socket])[] = [];
    for (let i = 0; i < count; i++) pairs.push(await this.open());
    return pairs;
  }

  close(): void {
    for (const other of this.#others) other.destroy();
    this.#server.close();
  }
}

/** Bytes that differ by where they stand. */
export function pattern(size: number, from = 0): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = ((from + i) * 31 + ((from + i) >> 8)) & 0xff;
  return bytes;
}
