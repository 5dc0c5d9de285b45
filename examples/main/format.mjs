/** Numbers as people read them. */

/** "256 MB", "6.1 MB", "812 bytes". */
export function formatBytes(bytes) {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(2)} GB`;
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  if (bytes >= 1e3) return `${(bytes / 1e3).toFixed(1)} KB`;
  return `${bytes} bytes`;
}

/** "812.3 MB/s". */
export function formatRate(bytesPerSecond) {
  return `${formatBytes(Math.round(bytesPerSecond))}/s`;
}

/** Of requests smaller than this the count a second says more than the bytes. */
const SMALL_BYTES = 512;

/** "812.3 MB/s" for files, "108,211/s" for what is small or has no bytes. */
export function formatPace({ requests, bytes, seconds }) {
  if (bytes / requests >= SMALL_BYTES) return formatRate(bytes / seconds);
  return `${Math.round(requests / seconds).toLocaleString("en")}/s`;
}

/** "3.42 µs", "1.20 ms", "1.31 s": three figures. */
export function formatMicros(micros) {
  if (micros >= 1e6) return `${(micros / 1e6).toPrecision(3)} s`;
  if (micros >= 1e3) return `${(micros / 1e3).toPrecision(3)} ms`;
  return `${micros.toPrecision(3)} µs`;
}

/** "0.42 s". */
export function formatSeconds(seconds) {
  return `${seconds.toFixed(2)} s`;
}
