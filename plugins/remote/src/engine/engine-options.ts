import * as v from 'valibot';
import { parse, withoutUndefined } from '../parse.js';

const schema = v.strictObject({
  /** Calls at once; one more is refused. */
  maxRequests: v.optional(v.pipe(v.number(), v.safeInteger('must be a whole number'), v.minValue(1)), 1000),
  /** How long calls may go on after `shutdown`, in ms. */
  drainTimeoutMs: v.optional(v.pipe(v.number(), v.minValue(0, 'must be at least 0')), 30_000),
});

export type EngineOptions = v.InferOutput<typeof schema>;

/** @throws FerrumError `InvalidParameter` for others: how a model runs is the servers' business. */
export function engineOptions(options: Readonly<Record<string, unknown>>): EngineOptions {
  const what =
    'Options of an engine over servers are maxRequests and drainTimeoutMs; the rest is set up at the servers';
  return parse(schema, withoutUndefined(options), what, 'InvalidParameter');
}
