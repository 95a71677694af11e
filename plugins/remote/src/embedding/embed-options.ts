import type { WorkProgressListener } from '@ferrum/interfaces';
import * as v from 'valibot';
import { signalField } from '../call-options.js';
import { parse, withoutUndefined } from '../parse.js';

const textEntries = {
  truncate: v.optional(v.picklist(['error', 'end'])),
  dimensions: v.optional(
    v.pipe(v.number(), v.safeInteger('must be a whole number'), v.minValue(1, 'must be at least 1')),
  ),
  promptName: v.optional(v.string()),
  signal: signalField,
};
const textSchema = v.strictObject(textEntries);
const schema = v.strictObject({
  ...textEntries,
  encoding: v.optional(v.picklist(['float', 'int8', 'binary'])),
  onProgress: v.optional(v.custom<WorkProgressListener>((value) => typeof value === 'function', 'must be a function')),
});

export type CheckedEmbedOptions = v.InferOutput<typeof schema>;

/** @throws FerrumError `InvalidParameter` */
export function checkEmbedTextOptions(options: unknown): CheckedEmbedOptions {
  return parse(textSchema, withoutUndefined(options), 'The options', 'InvalidParameter');
}

/** @throws FerrumError `InvalidParameter` */
export function checkEmbedOptions(options: unknown): CheckedEmbedOptions {
  return parse(schema, withoutUndefined(options), 'The options', 'InvalidParameter');
}
