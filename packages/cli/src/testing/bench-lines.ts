import * as v from 'valibot';
import { jsonLines } from './json-lines.js';

/** A measure that was repeated, as `ferrum bench … --json` prints it. */
export const summary = v.strictObject({
  min: v.number(),
  median: v.number(),
  mean: v.number(),
  max: v.number(),
  p95: v.number(),
  p99: v.number(),
  ci95: v.nullable(v.strictTuple([v.number(), v.number()])),
});

/** What every line ends with. */
export const processMeasures = {
  eventLoopDelayMs: v.nullable(v.number()),
  peakRssBytes: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
};

/** The lines that a command printed, each as the schema says. */
export function parseLines<Schema extends v.GenericSchema>(stdout: string, schema: Schema): v.InferOutput<Schema>[] {
  return jsonLines(stdout).map((line) => v.parse(schema, line));
}
