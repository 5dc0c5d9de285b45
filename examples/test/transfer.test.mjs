/** The transfer over UDP, on a port that loses, doubles and reorders as real networks do. */
import { createHash } from "node:crypto";
import { expect } from "chai";
import { Assembly, readDatagram } from "../main/assembly.mjs";
import { generateSample } from "../main/corpus.mjs";
import { Transfer } from "../main/legs/transfer.mjs";

/** An echo whose network does to datagram number n what `fate(n)` says. */
class Network {
  lost = 0;
  #queue = [];
  #sent = 0;
  #fate;
  #hash = createHash("sha256");
  #assembly = null;

  constructor(fate) {
    this.#fate = fate;
  }

  async send(bytes) {
    const fate = this.#fate(this.#sent++);
    if (fate === "lose") {
      this.lost++;
      return;
    }
    const datagram = readDatagram(bytes);
    this.#assembly ??= new Assembly(datagram.count, (payload) => this.#hash.update(payload));
    this.#assembly.take(datagram);
    if (fate === "double") this.#queue.push(bytes);
    if (fate === "hurry") this.#queue.unshift(bytes);
    else this.#queue.push(bytes);
  }

  async receive() {
    return this.#queue.shift() ?? null;
  }

  get received() {
    return this.#hash.digest("hex");
  }
}

const fates = {
  "nothing goes wrong": () => "deliver",
  "every seventh is lost": (n) => (n % 7 === 3 ? "lose" : "deliver"),
  "the first window is lost": (n) => (n < 64 ? "lose" : "deliver"),
  "every third comes twice": (n) => (n % 3 === 0 ? "double" : "deliver"),
  "every second overtakes": (n) => (n % 2 === 0 ? "hurry" : "deliver"),
  "all of it at once": (n) => ["deliver", "lose", "double", "hurry", "deliver"][n % 5],
};

describe("examples/main: a transfer over UDP", () => {
  for (const [title, fate] of Object.entries(fates)) {
    it(`arrives there and comes back as it was when ${title}`, async () => {
      const sample = generateSample(500_000);
      const network = new Network(fate);
      let counted = 0;
      const transfer = new Transfer(network, sample.bytes, (bytes) => {
        counted += bytes;
      });
      expect(await transfer.run()).to.equal(sample.sha256);
      expect(network.received).to.equal(sample.sha256);
      expect(counted).to.equal(500_000);
      expect(transfer.latencies.length).to.equal(361);
      expect(transfer.lost).to.be.at.least(network.lost);
      if (network.lost === 0) expect(transfer.lost).to.equal(0);
    });
  }

  it("gives up on a network that carries nothing", async () => {
    const transfer = new Transfer(new Network(() => "lose"), generateSample(2_000).bytes, () => {});
    const error = await transfer.run().catch((reason) => reason);
    expect(error.message).to.equal("datagram 0 was lost 100 times");
  });
});
