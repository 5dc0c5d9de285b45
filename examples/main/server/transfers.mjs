/** The UDP side of a server process: puts the transfers of all senders together. */
import { Assembly, readDatagram } from "../assembly.mjs";

/** Transfers in progress and finished ones, until their receipts are collected. */
export class Transfers {
  #assemblies = new Map();
  #receipts;

  constructor(receipts) {
    this.#receipts = receipts;
  }

  /** Notes a datagram from a sender; the receipt's byte flip, if any, falls on its payload. */
  take(sender, bytes) {
    const datagram = readDatagram(bytes);
    if (datagram === null) return;
    const key = `${sender} ${datagram.transfer}`;
    let assembly = this.#assemblies.get(key);
    if (assembly === undefined) {
      const receipt = this.#receipts.open("udp");
      assembly = new Assembly(
        datagram.count,
        (payload) => receipt.take(payload),
        () => receipt.close(),
      );
      this.#assemblies.set(key, assembly);
    }
    assembly.take(datagram);
  }

  /** Forgets all, once the receipts were collected. */
  clear() {
    this.#assemblies.clear();
  }
}
