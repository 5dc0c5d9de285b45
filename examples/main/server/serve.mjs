/**
 * What both server processes have in common: they open their servers, say where, and answer the
 * main program until it goes away.
 */
import { Receipts } from "./receipts.mjs";
import { Transfers } from "./transfers.mjs";

const NO_IPV6 = ["EADDRNOTAVAIL", "EAFNOSUPPORT"];

/**
 * `open` maps server names to functions that open one and give its address. The arguments are the
 * folder for Unix sockets, and the server whose echoes are to be corrupted.
 */
export async function serve(open) {
  const [folder, corrupt = null] = process.argv.slice(2);
  process.on("SIGINT", () => {}); // Ctrl-C goes to the whole group; the main program ends us
  process.on("disconnect", () => process.exit());
  const receipts = new Receipts(corrupt);
  const transfers = new Transfers(receipts);
  const addresses = {};
  const missing = {};
  for (const [name, openOne] of Object.entries(open)) {
    try {
      addresses[name] = await openOne({ receipts, transfers, folder });
    } catch (error) {
      if (name !== "tcp6" || !NO_IPV6.includes(error.code)) throw error;
      missing[name] = `this machine has no IPv6 (${error.message})`;
    }
  }
  process.on("message", ({ id, question, server }) => {
    process.send({ id, answer: answers[question]({ receipts, transfers, server }) });
  });
  process.send({ ready: { addresses, missing } });
}

const answers = {
  /** CPU time of this process so far, in microseconds. */
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  receipts: ({ receipts, transfers, server }) => {
    if (server === "udp") transfers.clear();
    return receipts.collect(server);
  },
};
