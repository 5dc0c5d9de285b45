/** Many connections to one notifier, for tests of what happens within one batch. */
import type { Notifier } from "@pike-io/notifier";
import { type Listener, listen, Socket } from "@pike-io/socket";

/** How many connections a crowd has: more than a batch needs for its writes to be gathered. */
export const PEERS = 16;

/** Connections whose bytes all arrive in one wake-up of the notifier under test. */
export class Crowd {
  readonly listener: Listener;
  readonly clients: readonly Socket[];
  readonly peers: readonly Socket[];

  private constructor(listener: Listener, clients: readonly Socket[], peers: readonly Socket[]) {
    this.listener = listener;
    this.clients = clients;
    this.peers = peers;
  }

  static async gather(server: Notifier, other: Notifier, bufferBytes?: number): Promise<Crowd> {
    const listener = await listen({ host: "127.0.0.1", port: 0, notifier: server });
    const clients: Socket[] = [];
    const peers: Socket[] = [];
    for (let i = 0; i < PEERS; i++) {
      const client = Socket.open("ipv4", "stream");
      client.registerTo(other);
      if (bufferBytes !== undefined) client.set("receiveBuffer", bufferBytes);
      const [peer] = await Promise.all([listener.accept(), client.connect(listener.address)]);
      if (bufferBytes !== undefined) peer.set("sendBuffer", bufferBytes);
      clients.push(client);
      peers.push(peer);
    }
    return new Crowd(listener, clients, peers);
  }

  /** Each client sends a byte; each peer that has read it answers, all within one batch. */
  async round(answer: (peer: Socket, index: number) => Promise<unknown>): Promise<void> {
    const answered = this.peers.map(async (peer, index) => {
      await peer.readChunk();
      await answer(peer, index);
    });
    await Promise.all(this.clients.map((client) => client.writeAll(Buffer.from("?"))));
    await Promise.all(answered);
  }

  async read(bytes: number): Promise<string[]> {
    return Promise.all(
      this.clients.map(async (client) => {
        let text = "";
        while (text.length < bytes) {
          const chunk = await client.readChunk();
          if (chunk === null) break;
          text += Buffer.from(chunk).toString();
        }
        return text;
      }),
    );
  }
}
