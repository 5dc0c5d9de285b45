/**
 * Where pike loses, in few words: the main figure first, a line for each shape and form of pike,
 * and memory, which hardly differs between the shapes, in a line for each rival.
 *
 * @typedef {import("./rows.mjs").Loss} Loss
 */

/** Memory of a whole process, in the shapes where it is that. */
const MEMORY = "RSS";

/**
 * Where, and what is worse there.
 * @param {readonly Loss[]} losses
 * @returns {{ where: string, what: string }[]}
 */
export function lossEntries(losses) {
  const rows = losses.filter(({ shape, label }) => label !== MEMORY || shape === "tcp-idle");
  const memory = losses.filter(({ shape, label }) => label === MEMORY && shape !== "tcp-idle");
  return [...grouped(rows, pairOf).map(shapeEntry), ...grouped(memory, rivalOf).map(memoryEntry)];
}

/** @param {readonly Loss[]} losses of one form of pike in one shape */
function shapeEntry(losses) {
  const parts = grouped(losses, ({ label }) => label).map((group) => {
    const others = group.map(({ other, ratio }) => `${ratio.toFixed(2)} × ${other}`);
    return `${group[0]?.label} ${others.join(", ")}`;
  });
  return { where: pairOf(/** @type {Loss} */ (losses[0])), what: parts.join("; ") };
}

/** @param {readonly Loss[]} losses to one rival, over all shapes */
function memoryEntry(losses) {
  const ratios = losses.map(({ ratio }) => ratio);
  const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  const shapes = new Set(losses.map(({ shape }) => shape)).size;
  const what = `${range} × ${losses[0]?.other}, in ${shapes} of the shapes`;
  return { where: "memory of the process", what };
}

/** @param {Loss} loss */
function pairOf({ shape, subject }) {
  return `${shape}: ${subject}`;
}

/** @param {Loss} loss */
function rivalOf({ other }) {
  return other;
}

/**
 * @param {readonly Loss[]} losses
 * @param {(loss: Loss) => string} key
 */
function grouped(losses, key) {
  /** @type {Map<string, Loss[]>} */
  const groups = new Map();
  for (const loss of losses) groups.set(key(loss), [...(groups.get(key(loss)) ?? []), loss]);
  return [...groups.values()];
}
