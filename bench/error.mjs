/** What a person can put right: shown as one message, without a stack. */
export class BenchError extends Error {
  /** @override */
  name = "BenchError";
  /** What a failed child wrote to its standard error, or "". */
  detail;

  /**
   * @param {string} message
   * @param {string} detail
   */
  constructor(message, detail = "") {
    super(message);
    this.detail = detail;
  }
}
