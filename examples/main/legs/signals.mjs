/** Signals: a second process raises them, this one waits for them and checks each. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { defaultNotifier, Signal } from "pike-io";

const TURNS = 500;
const FLOOD = 1_000;
const names = ["SIGUSR2", "SIGHUP"];
/** SIGRTMIN+3: real-time signals queue, so none of a flood may be lost. */
const REAL_TIME = { name: "SIGRTMIN+3", number: 37 };

/** One by one, then, where the system has real-time signals, a flood. */
export async function runSignals(job) {
  const raiser = fork(fileURLToPath(new URL("raise.mjs", import.meta.url)), { execArgv: [] });
  try {
    await job.report.leg({ title: "signals, one by one", client: "process" }, () =>
      waitOneByOne(job, raiser),
    );
    const lacking = await whyNoRealTime();
    if (lacking === null) {
      await job.report.leg({ title: "signals, queued", client: "process" }, () =>
        waitForFlood(job, raiser),
      );
    } else job.report.skip("signals, queued", lacking);
  } finally {
    raiser.disconnect();
  }
}

/** Why real-time signals cannot be waited for here, or null. */
async function whyNoRealTime() {
  try {
    await Signal.open(defaultNotifier(), [REAL_TIME.name]).close();
    return null;
  } catch (error) {
    if (error.code !== "PIKE_UNSUPPORTED") throw error;
    return "this system has no real-time signals";
  }
}

async function waitOneByOne(job, raiser) {
  const signals = Signal.open(defaultNotifier(), names);
  const latencies = [];
  const begun = performance.now();
  for (let turn = 0; turn < TURNS; turn++) {
    const name = names[turn % names.length];
    const start = performance.now();
    raiser.send({ signal: name, count: 1 });
    const got = await signals.wait({ timeoutMs: 10_000 });
    latencies.push(performance.now() - start);
    // Where signals are only counted, nobody tells who sent them.
    if (got.name !== name || (got.pid !== null && got.pid !== raiser.pid)) {
      job.report.mismatch(
        `signals: expected ${name} from ${raiser.pid}, got ${got.name} from ${got.pid}`,
      );
    }
  }
  await signals.close();
  return { requests: TURNS, seconds: (performance.now() - begun) / 1_000, latencies };
}

async function waitForFlood(job, raiser) {
  const signals = Signal.open(defaultNotifier(), [REAL_TIME.name]);
  const begun = performance.now();
  raiser.send({ signal: REAL_TIME.number, count: FLOOD });
  let count = 0;
  try {
    for (; count < FLOOD; count++) await signals.wait({ timeoutMs: 10_000 });
  } catch (error) {
    if (error.code !== "PIKE_TIMEOUT") throw error;
    job.report.mismatch(`signals: ${FLOOD} queued, ${count} arrived`);
  }
  await signals.close();
  return { requests: count, seconds: (performance.now() - begun) / 1_000 };
}
