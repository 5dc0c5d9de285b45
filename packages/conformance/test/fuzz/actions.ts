/** Every public function, called with random arguments. */
import { batchActions } from "./batch-actions.js";
import { type Action, handleActions } from "./handle-actions.js";
import { otherActions } from "./other-actions.js";
import { socketActions } from "./socket-actions.js";
import { targetActions } from "./target-actions.js";

/** Every action by its name. */
export const actions: readonly (readonly [name: string, action: Action])[] = Object.entries({
  ...handleActions,
  ...socketActions,
  ...batchActions,
  ...targetActions,
  ...otherActions,
});
