/** Results that nobody measured, for tests of what is made of results. */
import { shapes } from "../shapes.mjs";
import { subjects } from "../subjects.mjs";

/** @typedef {import("../methods/sample.mjs").Sample} Sample */

/**
 * Three rounds that all gave the same.
 * @param {string} shapeName
 * @param {Readonly<Record<string, number>>} costs by subject
 * @returns {import("../interleave.mjs").ShapeResult}
 */
export function resultOf(shapeName, costs) {
  const shape = shapes.find(({ name }) => name === shapeName);
  if (shape === undefined) throw new Error(`no shape ${shapeName}`);
  const measured = Object.entries(costs).map(([name, cost]) => {
    const subject = subjects.find((one) => one.name === name);
    if (subject === undefined) throw new Error(`no subject ${name}`);
    return { subject, samples: [sampleOf(cost), sampleOf(cost), sampleOf(cost)] };
  });
  return { shape, measured, failed: [] };
}

/**
 * @param {number} cost
 * @returns {Sample}
 */
export function sampleOf(cost) {
  return {
    cpuMicrosPerOperation: cost,
    operationsPerSecond: 1e6 / cost,
    p50Micros: cost,
    p99Micros: cost,
    residentKb: cost,
    serverBusy: 1,
    loadBusy: 0.5,
    extras: { nativeBytes: 100, besideAlone: 1 },
  };
}

/**
 * Every shape with everyone who can take part in it, spread over four orders of magnitude, and
 * scattered enough to have whiskers.
 * @returns {import("../interleave.mjs").ShapeResult[]}
 */
export function everything() {
  return shapes.map((shape, row) => {
    const taking = subjects.filter(({ services }) => services[shape.service] !== undefined);
    const measured = taking.map((subject, column) => {
      const cost = 10 ** ((row % 4) - 1) * (1 + column * 0.37);
      const samples = [0.9, 1, 1.3, 1, 0.95, 1.05, 1, 1.1, 0.98].map((times) => {
        return sampleOf(cost * times);
      });
      return { subject, samples };
    });
    return { shape, measured, failed: [] };
  });
}
