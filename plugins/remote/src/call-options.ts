import * as v from 'valibot';
import { parse, withoutUndefined } from './parse.js';

export const signalField = v.optional(v.instance(AbortSignal, 'must be an AbortSignal'));

const schema = v.strictObject({ signal: signalField });

/** Of a call that has no other options: its signal. @throws FerrumError `InvalidParameter` */
export function checkCallOptions(options: unknown): AbortSignal | undefined {
  return parse(schema, withoutUndefined(options), 'The options', 'InvalidParameter').signal;
}
