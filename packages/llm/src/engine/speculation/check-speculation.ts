import type { SpeculationConfig } from '@ferrum/interfaces';
import { describeIssue, wholeNumber } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';

/** Deeper drafts are hardly ever accepted whole, and their logits are large. */
const deepest = 64;

const someText = v.pipe(v.string(), v.minLength(1));

const schema = v.strictObject({
  speculationDepth: v.pipe(wholeNumber, v.minValue(1), v.maxValue(deepest)),
  acceptanceThreshold: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  draftModelConfig: v.optional(
    v.strictObject({
      modelId: someText,
      modelPath: v.optional(someText),
      dtype: v.optional(v.literal('float32', 'must be float32, or left out')),
      device: v.optional(v.literal('cpu', 'must be cpu, or left out')),
      maxBatchSize: v.optional(v.literal(1, 'must be 1, or left out')),
      maxSequenceLength: v.optional(v.pipe(wholeNumber, v.minValue(2))),
      quantization: v.optional(v.picklist(['exact', 'int8', 'int4', 'float32'])),
    }),
  ),
});

export type CheckedSpeculation = v.InferOutput<typeof schema>;
export type DraftModel = NonNullable<CheckedSpeculation['draftModelConfig']>;

/** @throws FerrumError `RequestValidation` naming the field. */
export function checkSpeculation(config: SpeculationConfig): CheckedSpeculation {
  const fields = typeof config === 'object' && config !== null ? Object.entries(config) : [];
  const given = Object.fromEntries(fields.filter(([, value]) => value !== undefined));
  const result = v.safeParse(schema, given, { abortEarly: true });
  if (result.success) return result.output;
  const { field, message } = describeIssue(result.issues);
  throw new FerrumError('RequestValidation', `Invalid speculation: \`${field || 'config'}\` ${message}.`, {
    details: { parameter: field || 'config' },
  });
}
