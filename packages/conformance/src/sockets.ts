/** Cases for the layer of sockets: pike's own style, and the functions that people call. */
import assert from "node:assert/strict";
import type { Address, Notifier, PikeError } from "@pike-io/notifier";
import { bind, connect, listen, Socket } from "@pike-io/socket";
import type { Suite } from "./runner.js";
import type { AddressKind } from "./setup.js";
import { assertBytes, familyOf, pattern, type Stage } from "./stage.js";

const needs = [
  ...["openSocket", "bind", "listen", "accept", "connect", "read", "write", "close", "shutdown"],
  ...["localAddress", "peerAddress", "getOption", "setOption", "recvFrom", "sendTo", "wait"],
];

/** Two connected sockets, made in pike's own style. */
export interface Connected {
  readonly server: Socket;
  readonly client: Socket;
  readonly listener: Socket;
}

/** Makes them: the server on the near notifier, the client on the far one. */
export async function connected(stage: Stage, kind: AddressKind = "ipv4"): Promise<Connected> {
  const listener = Socket.open(familyOf(kind), "stream").registerTo(stage.near);
  listener.bind(stage.address(kind)).listen();
  const client = Socket.open(familyOf(kind), "stream").registerTo(stage.far);
  const accepting = listener.accept();
  await client.connect(listener.getBindAddress());
  return { listener, client, server: (await accepting).socket };
}

/** The error that a promise rejects with, one of pike's. */
export async function rejected(promise: Promise<unknown>): Promise<PikeError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    assert.equal(typeof (error as PikeError).code, "string", String(error));
    return error as PikeError;
  }
  return assert.fail(`it resolved, to ${String(value)}`);
}

/** What `connect` and `listen` take for an address. */
export function target(address: Address): { address: string; port: number } | { path: string } {
  return address as unknown as { address: string; port: number };
}

/** Streams, over each kind of address. */
export function socketCases(suite: Suite): void {
  for (const kind of ["ipv4", "ipv6", "unix", "abstract"] as const) {
    const need = kind === "unix" ? "unix path" : kind === "abstract" ? "abstract name" : kind;
    suite.group(`sockets over ${kind}`, [...needs, need], (test) => {
      test("serve each peer with a handler, echo, and close it when the handler ends", async (stage) => {
        const listener = await listen(
          { ...target(stage.address(kind)), notifier: stage.near },
          async (peer) => {
            for await (const chunk of peer) await peer.writeAll(chunk);
          },
        );
        const talks = Array.from({ length: 5 }, (_, index) => talk(stage, listener.address, index));
        await Promise.all(talks);
        assert.equal(listener.peerErrors, 0);
        await listener.close();
        await listener.finished;
      });

      test("are taken one by one by for await, until the listener closes", async (stage) => {
        const listener = await listen({ ...target(stage.address(kind)), notifier: stage.near });
        const clients = [];
        const taken: Socket[] = [];
        for (let i = 0; i < 3; i++) clients.push(await dial(stage.far, listener.address));
        for await (const peer of listener) {
          taken.push(peer);
          if (taken.length === 2) break;
        }
        assert.equal(listener.socket.state, "open", "leaving the loop leaves the listener open");
        taken.push(await listener.accept());
        const rest = (async () => {
          for await (const peer of listener) taken.push(peer);
        })();
        await listener.close();
        await rest;
        assert.equal(taken.length, 3);
        for (const peer of taken) assert.equal(peer.family, familyOf(kind));
      });

      test("know both addresses of a connection", async (stage) => {
        const { server, client, listener } = await connected(stage, kind);
        assert.deepEqual(client.getPeerAddress(), listener.getBindAddress());
        assert.deepEqual(server.getBindAddress(), listener.getBindAddress());
        assert.deepEqual(server.getPeerAddress(), client.getBindAddress());
      });
    });
  }
}

/** Failures of peers, and datagrams. */
export function peerCases(suite: Suite): void {
  suite.group("a listener with a handler", [...needs, "ipv4"], (test) => {
    test("is told of a peer's failure, goes on, and closes that peer", async (stage) => {
      const failures: [unknown, Socket][] = [];
      const thrown = new Error("thrown by the handler");
      let served = 0;
      const listener = await listen(
        {
          ...target(stage.address()),
          notifier: stage.near,
          onPeerError: (error, peer) => failures.push([error, peer]),
        },
        (peer) => {
          served++;
          if (served === 1) throw thrown;
          return served === 2 ? Promise.reject(thrown) : peer.writeAll(pattern(3));
        },
      );
      const found: number[] = [];
      for (let i = 0; i < 3; i++) {
        const client = await dial(stage.far, listener.address);
        let bytes = 0;
        for await (const chunk of client) bytes += chunk.byteLength;
        found.push(bytes);
      }
      assert.deepEqual(found, [0, 0, 3]);
      assert.equal(listener.peerErrors, 2);
      assert.deepEqual(
        failures.map(([error]) => error),
        [thrown, thrown],
      );
      for (const [, peer] of failures) assert.equal(peer.state, "closed");
    });

    test("takes a peer's reset as that peer's failure, never as its own", async (stage) => {
      const codes: string[] = [];
      let over = (): void => {};
      const told = new Promise<void>((resolve) => {
        over = resolve;
      });
      const listener = await listen(
        {
          ...target(stage.address()),
          notifier: stage.near,
          onPeerError: (error) => {
            codes.push((error as PikeError).code);
            over();
          },
        },
        async (peer) => {
          for await (const chunk of peer) await peer.writeAll(chunk);
        },
      );
      const client = await dial(stage.far, listener.address);
      await client.writeAll(pattern(1));
      await client.read(new Uint8Array(1));
      await client.abort();
      await told;
      assert.deepEqual(codes, ["ECONNRESET"]);
      await talk(stage, listener.address, 1);
    });

    test("keeps its connections to itself, and says so", async (stage) => {
      const listener = await listen(
        { ...target(stage.address()), notifier: stage.near },
        () => undefined,
      );
      assert.equal((await rejected(listener.accept())).code, "PIKE_STATE");
    });
  });

  suite.group("connecting", [...needs, "ipv4"], (test) => {
    test("tries a name's addresses in turn, and says of each why it failed", async (stage) => {
      const listener = await listen({ ...target(stage.address()), notifier: stage.near });
      const { address, port } = listener.address as { address: string; port: number };
      const asked: string[] = [];
      const lookup = (host: string) => {
        asked.push(host);
        return Promise.resolve([{ address, family: 4 }]);
      };
      const client = await connect({ host: "a.test", port, notifier: stage.far, lookup });
      assert.deepEqual(asked, ["a.test"]);
      await client.close();
      await listener.close();
      const twice = () => Promise.resolve([1, 2].map(() => ({ address, family: 4 })));
      const gone = { host: "b.test", port, notifier: stage.far, lookup: twice };
      const error = await rejected(connect(gone));
      assert.equal(error.code, "ECONNREFUSED");
      assert.equal(error.syscall, "connect");
      assert.deepEqual([error.address, error.port], [address, port]);
      assert.equal((error.cause as AggregateError).errors.length, 2);
      const none = { ...gone, lookup: () => Promise.resolve([]) };
      assert.equal((await rejected(connect(none))).code, "ENOENT");
      assert.equal(stage.far.counters.handles, 0, "no socket is left of what failed");
    });

    test("that is aborted leaves no socket", async (stage) => {
      const { address, port } = stage.address() as { address: string; port: number };
      const signal = AbortSignal.abort("no");
      const given = { address, port: port === 0 ? 9 : port, signal, notifier: stage.far };
      assert.equal((await rejected(connect(given))).code, "PIKE_ABORTED");
      assert.equal(stage.far.counters.handles, 0);
    });
  });

  suite.group("datagram sockets", [...needs, "ipv4"], (test) => {
    test("answer who asked, and tell a datagram that was cut from one that fits", async (stage) => {
      const [server, client] = await Promise.all([
        bind({ type: "udp", ...udp(stage, "near"), notifier: stage.near }),
        bind({ type: "udp", ...udp(stage, "far"), notifier: stage.far }),
      ]);
      assert.equal(await client.sendTo(pattern(8), server.getBindAddress()), 8);
      const buffer = new Uint8Array(8);
      const received = await server.recvFrom(buffer);
      assert.deepEqual(received, {
        length: 8,
        address: client.getBindAddress(),
        truncated: false,
      });
      await server.sendTo(new Uint8Array(0), received.address);
      assert.equal((await client.recvFrom(buffer)).length, 0);
      await server.sendTo(pattern(9), received.address);
      const cut = await rejected(client.recv(buffer));
      assert.deepEqual([cut.code, cut.transferred], ["PIKE_TRUNCATED", 8]);
      assertBytes(buffer, pattern(8));
      assert.throws(() => client[Symbol.asyncIterator](), { code: "PIKE_STATE" });
    });
  });
}

function udp(stage: Stage, side: "near" | "far"): { address: string; port: number } {
  return stage.address("ipv4", side) as { address: string; port: number };
}

/** Connects to a listener's address. */
export function dial(notifier: Notifier, address: Address): Promise<Socket> {
  return connect({ ...target(address), notifier });
}

async function talk(stage: Stage, address: Address, seed: number): Promise<void> {
  const client = await dial(stage.far, address);
  const bytes = pattern(20_000, seed + 1);
  const sending = client.writeAll(bytes).then(() => client.shutdown("write"));
  const chunks: Uint8Array[] = [];
  for await (const chunk of client) chunks.push(chunk);
  await sending;
  assertBytes(Buffer.concat(chunks), bytes, `client ${seed}`);
  await client.close();
}
