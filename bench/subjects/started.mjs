/** How a program tells that it has started; loaded only after the measured part. */
import process from "node:process";

/**
 * @param {number} wallMs since the process began
 * @param {{ user: number, system: number }} cpu in microseconds
 */
export function tell(wallMs, { user, system }) {
  process.stdin.on("end", () => process.exit()).resume();
  process.stdout.write(`${JSON.stringify({ wall_us: wallMs * 1000, cpu_us: user + system })}\n`);
}
