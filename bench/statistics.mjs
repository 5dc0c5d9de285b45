/**
 * Medians, their 95 % intervals, and when a difference is none.
 *
 * Runs on a shared machine are skewed and few, so nothing here assumes a shape of their
 * distribution as long as there are six or more: the interval of a median is then a pair of order
 * statistics (the sign test turned round), whose coverage is known exactly.
 */

/** From this many runs on, the smallest and the largest enclose the median with at least 95 %. */
export const RUNS_FOR_ORDER_INTERVAL = 6;

/** Student's t for 95 %, two-sided, by degrees of freedom; used for two to five runs only. */
const STUDENT = [Number.NaN, 12.706, 4.303, 3.182, 2.776];

/**
 * @typedef {readonly [low: number, high: number]} Interval
 * @typedef {{ ratio: number, interval: Interval | null, verdict: "lower" | "higher" | "tie" }}
 * Comparison
 */

/**
 * The middle value, or the mean of the two middle ones.
 * @param {readonly number[]} values at least one
 */
export function median(values) {
  if (values.length === 0) throw new RangeError("the median of nothing");
  const sorted = ascending(values);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return at(sorted, middle);
  return (at(sorted, middle - 1) + at(sorted, middle)) / 2;
}

/**
 * The smallest value that at least this share of all values does not exceed.
 * @param {readonly number[]} values at least one
 * @param {number} share above 0, at most 1
 */
export function percentile(values, share) {
  if (values.length === 0) throw new RangeError("a percentile of nothing");
  return at(ascending(values), Math.ceil(share * values.length) - 1);
}

/**
 * An interval that covers the true median in 95 % of cases, or null for a single value.
 *
 * Two to five values cannot do that without an assumption: there it is Student's interval, which
 * takes the runs to be normally distributed, widened to hold the median.
 * @param {readonly number[]} values
 * @returns {Interval | null}
 */
export function medianInterval(values) {
  if (values.length < 2) return null;
  if (values.length < RUNS_FOR_ORDER_INTERVAL) return studentInterval(values);
  const sorted = ascending(values);
  const rank = orderRank(values.length);
  return [at(sorted, rank - 1), at(sorted, values.length - rank)];
}

/**
 * The largest k for which the k-th smallest and the k-th largest of n values miss the median in at
 * most 5 % of cases: 2 × P(Binomial(n, ½) < k) ≤ 0.05.
 * @param {number} count at least 6
 */
export function orderRank(count) {
  let rank = 0;
  let term = 0.5 ** count;
  let below = term;
  while (2 * below <= 0.05) {
    rank++;
    term *= (count - rank + 1) / rank;
    below += term;
  }
  return rank;
}

/**
 * One subject against another, measured in the same rounds: value i of both comes from round i.
 *
 * The ratio is that of the medians; its interval comes from the ratios within each round, so what
 * slowed down a whole round does not blur it. An interval that holds 1 is a tie, and so is a single
 * run.
 * @param {readonly number[]} values
 * @param {readonly number[]} reference
 * @returns {Comparison}
 */
export function compare(values, reference) {
  if (values.length !== reference.length) throw new RangeError("the rounds do not pair up");
  const ratio = median(values) / median(reference);
  const paired = medianInterval(values.map((value, round) => value / at(reference, round)));
  if (paired === null) return { ratio, interval: null, verdict: "tie" };
  const interval = widened(paired, ratio);
  const verdict = interval[0] > 1 ? "higher" : interval[1] < 1 ? "lower" : "tie";
  return { ratio, interval, verdict };
}

/**
 * @param {readonly number[]} values
 * @returns {Interval}
 */
function studentInterval(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const error = Math.sqrt(squares / (values.length - 1) / values.length);
  const reach = at(STUDENT, values.length - 1) * error;
  return widened([mean - reach, mean + reach], median(values));
}

/**
 * @param {Interval} interval
 * @param {number} value
 * @returns {Interval}
 */
function widened([low, high], value) {
  return [Math.min(low, value), Math.max(high, value)];
}

/** @param {readonly number[]} values */
function ascending(values) {
  return [...values].sort((a, b) => a - b);
}

/**
 * @param {readonly number[]} values
 * @param {number} index within bounds
 */
function at(values, index) {
  return /** @type {number} */ (values[index]);
}
