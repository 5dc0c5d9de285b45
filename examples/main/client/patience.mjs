/** How long any client waits for a peer that does nothing. */
export const PATIENCE_MS = 20_000;
