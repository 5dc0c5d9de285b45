/** A notifier with one thing wrong fails the cases that are about it: the suites do notice. */
import { conformance, type Setup, type TestFunction } from "@pike-io/conformance";
import { Code, type Notifier, Operation, PENDING, type Request } from "@pike-io/notifier";
import { MemoryNetwork } from "@pike-io/notifier-memory";
import { expect } from "chai";

type Case = () => Promise<void>;
type Changes = { [Name in keyof Notifier]?: (sound: Notifier, ...given: never[]) => unknown };

/** Every case by its name, for one set-up. */
function casesOf(setup: Setup): Map<string, Case> {
  const cases = new Map<string, Case>();
  const it: TestFunction = (name, body) => {
    if (body !== undefined) cases.set(name, body);
  };
  void conformance({ describe: (_name, body) => body(), it }, setup);
  return cases;
}

/** The network in memory with some functions changed, or its options. */
function broken(changes: Changes, options?: (given: object) => object): Setup {
  const network = new MemoryNetwork({ clock: "auto" });
  const open = (given: object = {}): Notifier => {
    const sound = network.host(["10.0.0.1", "fd00::1"], options?.(given) ?? given);
    return new Proxy(sound as Notifier, {
      get(target, name) {
        const change = changes[name as keyof Notifier];
        if (change !== undefined) return (...given: never[]) => change(target, ...given);
        const value = Reflect.get(target, name, target) as unknown;
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
  return { open };
}

/** Submits, with each later result changed. */
function changed(change: (request: Request, result: number) => number[]): Changes {
  return {
    submit: (sound, request: Request) => {
      const { complete } = request;
      request.complete = (result) => {
        request.complete = complete;
        for (const one of change(request, result)) complete.call(request, one);
      };
      const result = sound.submit(request);
      if (result !== PENDING) request.complete = complete;
      return result;
    },
  };
}

const mutants: { readonly [what: string]: readonly [setup: () => Setup, ...cases: string[]] } = {
  "takes cancellation for the end of the stream": [
    () => broken(changed((_request, result) => [result === -Code.PIKE_ABORTED ? 0 : result])),
    "completes once with PIKE_ABORTED, whatever it waits for",
  ],
  "takes a reset for the end of the stream": [
    () => broken(changed((_request, result) => [result === -Code.ECONNRESET ? 0 : result])),
    "is an error to who waits, never the end of the stream",
  ],
  "completes a request twice": [
    () => broken(changed((_request, result) => [result, result])),
    "wakes a reader that waits when the peer hangs up",
    "complete with 0, in the order of their deadlines",
  ],
  "completes on the submitter's stack": [
    () =>
      broken({
        cancel: (sound, request: Request) => {
          sound.cancel(request);
          request.complete(-Code.PIKE_ABORTED);
        },
      }),
    "of the longest time do not end early, and can be given up",
  ],
  "says nothing of what a write moved": [
    () =>
      broken(
        changed((request, result) => {
          if (result < 0) request.transferred = 0;
          return [result];
        }),
      ),
    "that writes says how far it came, and its peer has just that",
    "of a write says how far it came, and its peer has just that",
  ],
  "gives any number of results at once": [
    () => broken({}, (given) => ({ ...given, limits: { immediate: 65_535 } })),
    "gives at most 4 results at once per handle and turn, when told so",
  ],
  "has no bound on its queues": [
    () => broken({}, (given) => ({ ...given, limits: {} })),
    "one more than limits.queue is refused at once, and the rest is served",
    "one more handle than limits.handles is refused, until one is closed",
  ],
  "forgets the port of an address": [
    () =>
      broken({
        localAddress: (sound, handle: number) => ({ ...sound.localAddress(handle), port: 1 }),
      }),
    "are known in full on both sides of a connection",
  ],
  "half-closes both ways": [
    () => broken({ shutdown: (sound, handle: number) => sound.shutdown(handle, "both") }),
    "half-closed by the peer still takes writes, and the other way round",
  ],
  "gives up every reader when one is given up": [
    () => {
      const reads = new Set<Request>();
      return broken({
        submit: (sound, request: Request) => {
          if (request.operation === Operation.read) reads.add(request);
          return sound.submit(request);
        },
        cancel: (sound) => {
          for (const request of reads) sound.cancel(request);
        },
      });
    },
    "twice, or after it has completed, is given up without effect",
    "that waits to read leaves the bytes to the next reader",
  ],
  "adds posts up in every mode": [
    () => broken({ openEvent: (sound) => sound.openEvent("counting") }),
    "keep posts for a wait that comes later, added up by their mode",
  ],
  "polls whatever it is given": [
    () =>
      broken({
        poll: (sound, timeoutMs: number) => (timeoutMs >= 0 ? sound.poll(timeoutMs) : 0),
      }),
    "poll refuses what is no time",
  ],
};

describe("a notifier that", () => {
  for (const [what, [setup, ...names]] of Object.entries(mutants)) {
    it(`${what} is found out`, async () => {
      const cases = casesOf(setup());
      for (const name of names) {
        const one = cases.get(name);
        expect(one, name).to.not.equal(undefined);
        let failure: unknown = null;
        await (one as Case)().catch((error) => {
          failure = error;
        });
        expect(failure, `the case "${name}" passed`).to.not.equal(null);
      }
    });
  }

  it("is sound passes the very same cases", async () => {
    const cases = casesOf(broken({}));
    for (const [, ...names] of Object.values(mutants)) {
      for (const name of names) await (cases.get(name) as Case)();
    }
  });

  it("gives something else from open() is refused in words", () => {
    const none = { open: () => ({}) as Notifier };
    const runner = { describe: () => {}, it: () => {} };
    return conformance(runner, none).then(
      () => expect.fail("it was taken"),
      (error) => expect(error).to.have.property("code", "PIKE_TYPE"),
    );
  });

  it("lacks an operation has those cases pending, with the reason in their names", () => {
    const skipped: string[] = [];
    const bare: string[] = [];
    const network = new MemoryNetwork({ clock: "auto" });
    const setup: Setup = { open: () => network.host("10.0.0.1") };
    const skip = (name: string): void => void skipped.push(name);
    const describe = (_name: string, body: () => void): void => body();
    void conformance({ describe, it: Object.assign(() => {}, { skip }) }, setup);
    void conformance({ describe, it: (name, body) => body ?? bare.push(name) }, setup);
    expect(skipped).to.deep.equal(bare);
    expect(skipped).to.include(
      'gives its descriptors back [not run: @pike-io/notifier-memory 0.1.0 has no "descriptors"]',
    );
  });
});
