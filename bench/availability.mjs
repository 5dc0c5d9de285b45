/**
 * Who can take part on this machine: a backend that the kernel or the build refuses, or a runtime
 * that is not installed, is named with its reason, never left out in silence.
 */
import { Child } from "./child.mjs";
import { BenchError } from "./error.mjs";
import { defaultBackendProbe } from "./subjects.mjs";

const PROBE_MS = 15_000;

/**
 * @typedef {import("./subjects.mjs").Subject} Subject
 * @typedef {{ subject: Subject, reason: string }} Absent
 */

/**
 * Subjects of one probe are asked once.
 * @param {readonly Subject[]} subjects
 * @returns {Promise<{ present: Subject[], absent: Absent[] }>}
 */
export async function findAvailable(subjects) {
  /** @type {Map<string, Promise<string | null>>} */
  const asked = new Map();
  const present = [];
  const absent = [];
  for (const subject of subjects) {
    const { probe } = subject;
    if (probe === undefined) {
      present.push(subject);
      continue;
    }
    const key = JSON.stringify(probe);
    const reason = await (asked.get(key) ?? refusal(probe));
    asked.set(key, Promise.resolve(reason));
    if (reason === null) present.push(subject);
    else absent.push({ subject, reason });
  }
  return { present, absent };
}

/** The backend that pike chooses here when none is named, or "" when it cannot be loaded. */
export async function defaultBackend() {
  const child = new Child("pike", defaultBackendProbe);
  try {
    return await child.line(PROBE_MS);
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    return "";
  } finally {
    await child.stop();
  }
}

/**
 * Why a subject cannot run here, or null.
 * @param {import("./subjects.mjs").ServerCommand} probe
 */
async function refusal(probe) {
  const child = new Child("its program", probe);
  try {
    await child.line(PROBE_MS);
    return null;
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    return error.message;
  } finally {
    await child.stop();
  }
}
