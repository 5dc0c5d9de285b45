/**
 * A file over UDP and back, in numbered datagrams with a window. What has not come back in time is
 * sent again, and counted as lost.
 */
import { createHash } from "node:crypto";
import { Assembly, countOf, makeDatagram, readDatagram, WINDOW } from "../assembly.mjs";

/** When nothing has come back for so long, what is on its way is sent again. */
const RESEND_MS = 50;
const TRIES_MAX = 100;

/** One file on its way there and back. */
export class Transfer {
  latencies = [];
  /** Datagrams that were sent again. */
  lost = 0;
  #port;
  #bytes;
  #count;
  #number = Math.floor(Math.random() * 2 ** 32);
  #inFlight = new Map();
  #sent = 0;
  #echo;
  #hash = createHash("sha256");

  constructor(port, bytes, onBytes) {
    this.#port = port;
    this.#bytes = bytes;
    this.#count = countOf(bytes);
    this.#echo = new Assembly(this.#count, (payload) => {
      this.#hash.update(payload);
      onBytes(payload.length);
    });
  }

  /** Gives the SHA-256 of what came back. */
  async run() {
    while (!this.#echo.isDone) {
      while (this.#sent < this.#count && this.#sent < this.#echo.next + WINDOW) {
        await this.#send(this.#sent++, 0);
      }
      const bytes = await this.#port.receive(RESEND_MS);
      if (bytes === null) await this.#resend();
      else this.#take(readDatagram(bytes));
    }
    return this.#hash.digest("hex");
  }

  #take(datagram) {
    if (datagram === null || datagram.transfer !== this.#number) return;
    const flight = this.#inFlight.get(datagram.index);
    if (!this.#echo.take(datagram) || flight === undefined) return;
    this.#inFlight.delete(datagram.index);
    this.latencies.push(performance.now() - flight.start);
  }

  #send(index, tries) {
    this.#inFlight.set(index, { start: performance.now(), tries });
    return this.#port.send(makeDatagram(this.#number, index, this.#bytes));
  }

  /** Nothing has come for a while: whatever is still on its way is taken for lost. */
  async #resend() {
    for (const [index, { tries }] of [...this.#inFlight]) {
      if (tries === TRIES_MAX) throw new Error(`datagram ${index} was lost ${TRIES_MAX} times`);
      this.lost++;
      await this.#send(index, tries + 1);
    }
  }
}
