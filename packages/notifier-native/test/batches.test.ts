/**
 * Hazards of many datagrams at once on the system: a crossing or a system call for each, a merged
 * datagram that is one no more, a refusal or a full buffer that loses some.
 */
import { Handle } from "@pike-io/handle";
import type { Notifier } from "@pike-io/notifier";
import { openNotifier } from "@pike-io/notifier-native";
import { bind, type Socket } from "@pike-io/socket";
import { expect } from "chai";

const SIZE = 1_000;

function udp(notifier: Notifier): Promise<Socket> {
  return bind({ type: "udp", address: "127.0.0.1", port: 0, notifier });
}

/** What was counted while something ran. */
async function counted<Value>(
  notifier: Notifier,
  body: () => Promise<Value>,
): Promise<[Value, { calls: number; crossings: number; batches: number; completions: number }]> {
  const before = notifier.counters;
  const value = await body();
  const after = notifier.counters;
  return [
    value,
    {
      calls: after.systemCalls - before.systemCalls,
      crossings: after.crossings - before.crossings,
      batches: after.batches - before.batches,
      completions: after.completions - before.completions,
    },
  ];
}

describe("many datagrams on Linux", () => {
  let notifier: Notifier;
  afterEach(() => notifier.close());

  it("64 that were cut on their way out and merged on their way in are one call each way", async () => {
    notifier = openNotifier({ offload: true });
    const [server, client] = [await udp(notifier), await udp(notifier)];
    const address = server.getBindAddress();
    const iterator = server.batches()[Symbol.asyncIterator]();
    // The first asks the system to merge, and to cut.
    await client.sendMany({ data: new Uint8Array(2), size: 1, address });
    await iterator.next();
    const data = new Uint8Array(64 * SIZE);
    const [sent, out] = await counted(notifier, () =>
      client.sendMany({ data, size: SIZE, address }),
    );
    expect([sent, out.calls, out.crossings]).to.deep.equal([64, 1, 1]);
    const [step, inward] = await counted(notifier, () => iterator.next());
    expect(step.value?.count).to.equal(64);
    expect([inward.calls, inward.crossings, inward.batches]).to.deep.equal([1, 1, 0]);
  });

  it("without offload are one call and one crossing for 64 out and 64 in", async () => {
    notifier = openNotifier({ offload: false });
    const [server, client] = [await udp(notifier), await udp(notifier)];
    const address = server.getBindAddress();
    const iterator = server.batches()[Symbol.asyncIterator]();
    // The first step of a fresh socket waits for the system to say that something is there.
    await client.sendTo(new Uint8Array(1), address);
    await iterator.next();
    const data = new Uint8Array(64 * SIZE);
    const send = (): Promise<number> => client.sendMany({ data, size: SIZE, address });
    const [sent, out] = await counted(notifier, send);
    expect([sent, out.calls, out.crossings]).to.deep.equal([64, 1, 1]);
    const [step, inward] = await counted(notifier, () => iterator.next());
    expect([step.value?.count, inward.calls, inward.crossings]).to.deep.equal([64, 1, 1]);
  });

  it("of a flood are one crossing for 256, and a flood's end is found without a call of its own", async () => {
    notifier = openNotifier({ offload: false });
    const [server, client] = [await udp(notifier), await udp(notifier)];
    server.set("receiveBuffer", 1 << 20);
    await client.connect(server.getBindAddress());
    const iterator = server.batches()[Symbol.asyncIterator]();
    await client.sendMany({ data: new Uint8Array(1), size: 1 });
    await iterator.next();
    const data = Uint8Array.from({ length: 370 }, (_, i) => i);
    expect(await client.sendMany({ data, size: 1 })).to.equal(370);
    const seen: number[] = [];
    // The first full call tells of the flood; the last is not full.
    for (const [count, calls] of [
      [64, 1],
      [256, 4],
      [50, 1],
    ]) {
      const [{ value }, inward] = await counted(notifier, () => iterator.next());
      expect([value?.count, inward.calls, inward.crossings]).to.deep.equal([count, calls, 1]);
      for (let i = 0; i < (count as number); i++) {
        seen.push(value?.bytes(i)[0] as number);
        expect(value?.address(i)).to.deep.equal(client.getBindAddress());
      }
    }
    expect(seen).to.deep.equal([...data]);
  });

  it("in a list without end give way to others after 16 calls", async () => {
    notifier = openNotifier({ offload: false });
    const [server, client] = [await udp(notifier), await udp(notifier)];
    await client.connect(server.getBindAddress());
    const before = notifier.counters.systemCalls;
    const sending = client.sendMany({ data: new Uint8Array(64 * 100), size: 1 });
    expect(notifier.counters.systemCalls - before).to.be.within(1, 16);
    const [count, out] = await counted(notifier, () => sending);
    expect(count).to.equal(6_400);
    expect(out.calls).to.be.at.least(84);
    expect(out.batches).to.equal(1);
  });

  it("that never end give way to others after a few batches", async () => {
    notifier = openNotifier({ offload: false });
    const [server, client] = [await udp(notifier), await udp(notifier)];
    server.set("receiveBuffer", 4 << 20);
    await client.connect(server.getBindAddress());
    for (let i = 0; i < 10; i++) await client.sendMany({ data: new Uint8Array(6_400), size: 100 });
    let batches = 0;
    // How many came within one of pike's own calls into JavaScript, at most: with the last of them
    // the loop, or a waiter thread, has its turn.
    let within = 0;
    let longest = 0;
    let call = -1;
    for await (const batch of server.batches()) {
      batches++;
      const { batches: calls } = notifier.counters;
      within = calls === call ? within + 1 : 1;
      call = calls;
      longest = Math.max(longest, within);
      await client.sendMany({ data: new Uint8Array(batch.count), size: 1 });
      if (batches === 100) break;
    }
    expect(longest).to.be.within(1, 20);
  });

  it("that come while somebody waits are one crossing, and one call into JavaScript", async () => {
    notifier = openNotifier();
    const [server, client] = [await udp(notifier), await udp(notifier)];
    const sender = openNotifier();
    const outside = await udp(sender);
    await outside.connect(server.getBindAddress());
    await client.sendTo(new Uint8Array(1), server.getBindAddress());
    const iterator = server.batches()[Symbol.asyncIterator]();
    await iterator.next();
    const waiting = iterator.next();
    const [step, inward] = await counted(notifier, async () => {
      await outside.sendMany({ data: new Uint8Array(40 * SIZE), size: SIZE });
      return waiting;
    });
    expect(step.value?.count).to.equal(40);
    expect([inward.crossings, inward.batches, inward.completions]).to.deep.equal([1, 1, 1]);
    await sender.close();
  });

  it("of several sockets in one turn lie in memory of their own", async () => {
    notifier = openNotifier();
    const sockets = await Promise.all(Array.from({ length: 20 }, () => udp(notifier)));
    const client = await udp(notifier);
    const iterators = sockets.map((socket) => socket.batches()[Symbol.asyncIterator]());
    for (let round = 0; round < 3; round++) {
      const steps = iterators.map((iterator) => iterator.next());
      const list = sockets.map((socket, i) => ({
        data: new Uint8Array(10).fill(i + 100 * round),
        address: socket.getBindAddress(),
      }));
      expect(await client.sendMany(list)).to.equal(20);
      const batches = await Promise.all(steps);
      for (const [i, { value }] of batches.entries()) {
        expect(value?.bytes(0)).to.deep.equal(new Uint8Array(10).fill(i + 100 * round));
      }
    }
  });

  it("a loop that never steps again keeps its memory, and the others go on", async () => {
    notifier = openNotifier();
    const [server, client] = [await udp(notifier), await udp(notifier)];
    const address = server.getBindAddress();
    const kept: Uint8Array[] = [];
    for (let i = 0; i < 100; i++) {
      await client.sendTo(new Uint8Array(5).fill(i), address);
      const { value } = await server.batches().next();
      if (value !== undefined) kept.push(value.bytes(0));
    }
    for (const [i, bytes] of kept.entries()) expect(bytes).to.deep.equal(new Uint8Array(5).fill(i));
    expect(new Set(kept.map(({ buffer }) => buffer)).size).to.equal(100);
  });

  it("are one by one to whoever gets the descriptor", async () => {
    notifier = openNotifier({ offload: true });
    const [server, client] = [await udp(notifier), await udp(notifier)];
    const address = server.getBindAddress();
    await client.sendTo(new Uint8Array(1), address);
    await server.batches().next();
    await client.sendMany({ data: new Uint8Array(30), size: 10, address });
    const { fd, unread } = await server.detach();
    expect(unread.length).to.equal(0);
    await client.sendMany({ data: new Uint8Array(30), size: 10, address });
    const again = Handle.adopt(notifier, fd);
    const buffer = new Uint8Array(100);
    for (let i = 0; i < 3; i++) expect(await again.read(buffer)).to.equal(10);
    await again.close();
  });
});
