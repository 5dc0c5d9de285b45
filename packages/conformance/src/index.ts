/**
 * The suites that every notifier, and every layer over one, has to pass.
 *
 * They need a test runner's `describe` and `it`, and are told by a set-up how to open a notifier.
 */
import { contract, type Notifier, PikeError } from "@pike-io/notifier";
import { addressCases } from "./addresses.js";
import { receiveManyCases } from "./batches.js";
import { allocatedCases, bufferCases } from "./buffers.js";
import { cancelCases, cancelRaceCases } from "./cancel.js";
import { closeCases, notifierCloseCases } from "./close.js";
import { contractCases } from "./contract.js";
import { counterCases } from "./counters.js";
import { datagramCases } from "./datagrams.js";
import { dispatchCases, pollCases } from "./driving.js";
import { eventCases, signalCases } from "./events.js";
import { handleCases, handleStateCases } from "./handles.js";
import { eventLayerCases } from "./layers.js";
import { acceptManyCases, sendManyCases } from "./lists.js";
import { optionCases } from "./options.js";
import { orderCases } from "./order.js";
import { type Runner, Suite } from "./runner.js";
import type { Setup } from "./setup.js";
import { peerCases, socketCases } from "./sockets.js";
import { resetCases, streamCases } from "./streams.js";
import { timerCases } from "./timers.js";
import { turnCases } from "./turns.js";
import { unixCases } from "./unix.js";

export type { Runner, TestFunction } from "./runner.js";
export type { AddressKind, OpenOptions, Setup, Side } from "./setup.js";

/**
 * Declares every suite for one notifier. Cases that need what its manifest or the set-up does not
 * have are declared as pending, with the reason in their name. Where `open` gives a promise, await
 * the result before the file of tests ends.
 */
export function conformance(runner: Runner, setup: Setup): Promise<void> {
  const opened = setup.open();
  if (isNotifier(opened)) {
    const closed = opened.close();
    declare(runner, setup, opened);
    return closed;
  }
  return Promise.resolve(opened).then((notifier) => {
    declare(runner, setup, notifier);
    return notifier.close();
  });
}

function isNotifier(value: Notifier | Promise<Notifier>): value is Notifier {
  return typeof value === "object" && value !== null && contract in value;
}

function declare(runner: Runner, setup: Setup, notifier: Notifier): void {
  const found = notifier?.[contract];
  if (found === undefined) throw PikeError.type("conformance: open() must give a notifier");
  const suite = new Suite(runner, setup, found);
  runner.describe(`${found.name} (${notifier.backend})`, () => {
    contractCases(suite);
    for (const kind of ["ipv4", "ipv6", "unix"] as const) streamCases(suite, kind);
    for (const kind of ["ipv4", "ipv6"] as const) {
      resetCases(suite, kind);
      datagramCases(suite, kind);
      receiveManyCases(suite, kind);
      sendManyCases(suite, kind);
    }
    acceptManyCases(suite);
    addressCases(suite);
    unixCases(suite);
    optionCases(suite);
    orderCases(suite);
    cancelCases(suite);
    cancelRaceCases(suite);
    timerCases(suite);
    bufferCases(suite);
    allocatedCases(suite);
    turnCases(suite);
    pollCases(suite);
    dispatchCases(suite);
    closeCases(suite);
    notifierCloseCases(suite);
    counterCases(suite);
    eventCases(suite);
    signalCases(suite);
    handleCases(suite);
    handleStateCases(suite);
    socketCases(suite);
    peerCases(suite);
    eventLayerCases(suite);
  });
}
