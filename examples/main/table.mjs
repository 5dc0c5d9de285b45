/** The final table: a row for each leg. */
import { formatBytes, formatMicros, formatPace } from "./format.mjs";

const columns = [
  { heading: "what", left: true, cell: ({ title }) => title },
  { heading: "client", left: true, cell: ({ client }) => client },
  { heading: "requests", cell: ({ requests }) => requests.toLocaleString("en") },
  { heading: "bytes", cell: ({ bytes }) => format(bytes, formatBytes) },
  { heading: "rate", cell: formatPace },
  { heading: "median", cell: ({ medianMs }) => format(medianMs, (ms) => formatMicros(ms * 1e3)) },
  { heading: "p99", cell: ({ p99Ms }) => format(p99Ms, (ms) => formatMicros(ms * 1e3)) },
  { heading: "CPU, pike", cell: ({ cpuMicros, requests }) => each(cpuMicros, requests) },
  { heading: "CPU, node", cell: ({ nodeCpuMicros, requests }) => each(nodeCpuMicros, requests) },
  { heading: "pike/node", cell: ratio },
];

/** The table as text, with the sentences that explain it. */
export function formatTable(rows) {
  const cells = [columns.map(({ heading }) => heading), ...rows.map(cellsOf)];
  const widths = columns.map((_column, i) => Math.max(...cells.map((row) => row[i].length)));
  const lines = cells.map((row) =>
    row
      .map((cell, i) => pad(cell, i, widths))
      .join("  ")
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => "-".repeat(width)).join("  "));
  return `${lines.join("\n")}\n\n${legend}`;
}

const legend =
  "A request is a file on a connection of its own, a message, a datagram, a signal or a post.\n" +
  "Bytes were sent, and as many came back. CPU is the server process's time for a request;\n" +
  "the node column is a server on node:net or node:dgram that did the same for the same client.";

function cellsOf(row) {
  return columns.map(({ cell }) => cell(row));
}

function pad(cell, index, widths) {
  return columns[index].left ? cell.padEnd(widths[index]) : cell.padStart(widths[index]);
}

function format(value, write) {
  return value === undefined ? "-" : write(value);
}

function each(micros, requests) {
  return micros === undefined || requests === 0 ? "-" : formatMicros(micros / requests);
}

function ratio({ cpuMicros, nodeCpuMicros }) {
  return cpuMicros === undefined || !nodeCpuMicros ? "-" : (cpuMicros / nodeCpuMicros).toFixed(2);
}
