/** Every function of a handle with wrong arguments and in every state, over both notifiers. */
import { type Handle, HandleRequest, submitRequest } from "@pike-io/handle";
import { type Notifier, Operation } from "@pike-io/notifier";
import { MemoryNetwork } from "@pike-io/notifier-memory";
import { openNotifier } from "@pike-io/notifier-native";
import { expect } from "chai";
import { codeOf, SocketHandle, thrownCode } from "./descriptors.js";

const notifiers: { readonly [name: string]: () => Notifier } = {
  "the system": () => openNotifier(),
  memory: () => new MemoryNetwork({ clock: "auto" }).host("10.0.0.1"),
};

type Call = (handle: Handle, argument: never) => Promise<unknown>;

/** Functions that take memory or a number first. */
const takesFirst: { readonly [name: string]: Call } = {
  read: (handle, argument) => handle.read(argument),
  readv: (handle, argument) => handle.readv(argument),
  write: (handle, argument) => handle.write(argument),
  writeAll: (handle, argument) => handle.writeAll(argument),
  writev: (handle, argument) => handle.writev(argument),
  wait: (handle, argument) => handle.wait(argument),
};

/** Functions that take options, given right arguments otherwise. */
const takesOptions: { readonly [name: string]: Call } = {
  read: (handle, options) => handle.read(new Uint8Array(1), options),
  readv: (handle, options) => handle.readv([new Uint8Array(1)], options),
  readChunk: (handle, options) => handle.readChunk(10, options),
  write: (handle, options) => handle.write(new Uint8Array(1), options),
  writeAll: (handle, options) => handle.writeAll(new Uint8Array(1), options),
  writev: (handle, options) => handle.writev([new Uint8Array(1)], options),
  wait: (handle, options) => handle.wait("read", options),
};

const wrongTypes = [
  ...[undefined, null, true, 1, 1n, "text", Symbol("s"), () => {}, {}],
  ...[new Uint16Array(2), new DataView(new ArrayBuffer(2)), new ArrayBuffer(2), new Date()],
];

for (const [name, open] of Object.entries(notifiers)) {
  describe(`a handle's functions with wrong arguments, over ${name}`, () => {
    let notifier: Notifier;
    let handle: SocketHandle;

    beforeEach(() => {
      notifier = open();
      handle = new SocketHandle(notifier);
    });

    afterEach(async () => {
      expect(notifier.counters.pending, "nothing was started").to.equal(0);
      await notifier.close();
    });

    for (const [call, run] of Object.entries(takesFirst)) {
      it(`${call}: a wrong type rejects with a TypeError, PIKE_TYPE, and starts nothing`, async () => {
        const { operations } = notifier.counters;
        for (const value of wrongTypes) {
          const error = await run(handle, value as never).catch((thrown: unknown) => thrown);
          expect(error, String(value)).to.be.an.instanceOf(TypeError);
          expect(error).to.have.property("code", "PIKE_TYPE");
        }
        if (call.endsWith("v")) {
          for (const value of wrongTypes) {
            expect(await codeOf(run(handle, [value] as never))).to.equal("PIKE_TYPE");
          }
        }
        expect(notifier.counters.operations).to.equal(operations);
      });
    }

    for (const [call, run] of Object.entries(takesOptions)) {
      it(`${call}: wrong options are refused before anything happens`, async () => {
        const { operations } = notifier.counters;
        for (const options of [null, 1, "soon", true, Symbol("s")]) {
          expect(await codeOf(run(handle, options as never))).to.equal("PIKE_TYPE");
        }
        for (const timeoutMs of ["1", null, {}, 1n]) {
          expect(await codeOf(run(handle, { timeoutMs } as never))).to.equal("PIKE_TYPE");
        }
        for (const timeoutMs of [-1, -0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
          expect(await codeOf(run(handle, { timeoutMs } as never))).to.equal("PIKE_RANGE");
        }
        for (const signal of [null, 1, {}, new EventTarget(), { aborted: true }]) {
          expect(await codeOf(run(handle, { signal } as never))).to.equal("PIKE_TYPE");
        }
        expect(notifier.counters.operations).to.equal(operations);
      });
    }

    it("a buffer without room is refused: 0 would read as the end of the stream", async () => {
      expect(await codeOf(handle.read(new Uint8Array(0)))).to.equal("PIKE_RANGE");
      expect(await codeOf(handle.readv([]))).to.equal("PIKE_RANGE");
      expect(await codeOf(handle.readv([new Uint8Array(0)]))).to.equal("PIKE_RANGE");
      expect(await codeOf(handle.writev([]))).to.equal("PIKE_RANGE");
      for (const size of [0, -1, 65_537, 1.5, Number.NaN]) {
        expect(await codeOf(handle.readChunk(size))).to.equal("PIKE_RANGE");
        expect(thrownCode(() => handle.chunks(size))).to.equal("PIKE_RANGE");
      }
      expect(await codeOf(handle.readChunk("1" as never))).to.equal("PIKE_TYPE");
    });

    it("a detached buffer is refused, or has nothing to send", async () => {
      const bytes = new Uint8Array(4);
      structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
      expect(await codeOf(handle.read(bytes))).to.equal("PIKE_RANGE");
      expect(await codeOf(handle.readv([bytes, new Uint8Array(1)]))).to.be.oneOf([
        "PIKE_BUFFER",
        "ENOTCONN",
      ]);
      expect(await codeOf(handle.writeAll(bytes))).to.be.oneOf([
        "PIKE_BUFFER",
        "EPIPE",
        "ENOTCONN",
      ]);
    });

    it("before it is registered, everything that needs a descriptor says so", async () => {
      const early = new SocketHandle(null);
      expect(early.state).to.equal("unregistered");
      expect(early.fd).to.equal(-1);
      for (const promise of [...everything(early), early.detach()]) {
        expect(await codeOf(promise)).to.equal("PIKE_NOT_REGISTERED");
      }
      for (const call of [() => early.counters, () => early.ref(), () => early.unref()]) {
        expect(thrownCode(call)).to.equal("PIKE_NOT_REGISTERED");
      }
      await early.close();
      expect(early.state).to.equal("closed");
      for (const promise of everything(early))
        expect(await codeOf(promise)).to.equal("PIKE_CLOSED");
    });

    it("while it closes and afterwards, everything is refused, and close is the same", async () => {
      const closing = handle.close();
      expect(handle.state).to.equal("closing");
      for (const promise of everything(handle)) {
        expect(await codeOf(promise)).to.equal("PIKE_CLOSED");
      }
      expect(handle.close()).to.equal(closing);
      await closing;
      expect(handle.state).to.equal("closed");
      for (const promise of [...everything(handle), handle.detach()]) {
        expect(await codeOf(promise)).to.equal("PIKE_CLOSED");
      }
      expect(thrownCode(() => handle.counters)).to.equal("PIKE_CLOSED");
      expect(handle.fd).to.equal(-1);
    });

    it("a request of a layer gives the bare promise of its result", async () => {
      const request = new HandleRequest(Operation.timer, -1, "timer");
      request.timeoutMs = 1;
      expect(await submitRequest(notifier, request)).to.equal(0);
      const refused = new HandleRequest(Operation.read, handle.name, "read");
      refused.size = 1;
      expect(await codeOf(submitRequest(notifier, refused))).to.be.oneOf(["ENOTCONN", "EINVAL"]);
    });

    it("one function's result does not show in another's", async () => {
      // Requests that were answered at once are used again: no operand may stay behind in them.
      const request = await codeOf(handle.readChunk(5, { timeoutMs: 0 }));
      expect(request).to.be.oneOf(["ENOTCONN", "EINVAL", "PIKE_TIMEOUT"]);
      expect((await handle.wait("write")).readable).to.be.a("boolean");
      const error = await handle.read(new Uint8Array(1), { timeoutMs: 0 }).catch((e) => e);
      expect(error.address).to.equal(undefined);
      expect(error.transferred).to.equal(undefined);
    });
  });
}

function everything(handle: Handle): Promise<unknown>[] {
  const bytes = new Uint8Array(1);
  return [
    handle.read(bytes),
    handle.readv([bytes]),
    handle.readChunk(),
    handle.write(bytes),
    handle.writeAll(bytes),
    handle.writev([bytes]),
    handle.wait("both"),
    handle.chunks().next(),
    handle[Symbol.asyncIterator]().next(),
  ];
}
