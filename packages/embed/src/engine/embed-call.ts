import type {
  CallOptions,
  EmbeddingEncoding,
  EmbedOptions,
  EmbedTextOptions,
  WorkProgressListener,
} from '@ferrum/interfaces';
import { describeIssue, wholeNumber } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import type { TextSettings } from '../model/text-source.js';
import type { TextPreparation } from '../text/prepare-text.js';
import type { VectorFinish } from './finish-vector.js';

/** The options of a call, checked and complete. */
export interface EmbedCall<E extends EmbeddingEncoding> {
  readonly preparation: TextPreparation;
  readonly finish: VectorFinish<E>;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: WorkProgressListener | undefined;
}

const isFunction = (value: unknown) => typeof value === 'function';
const textEntries = {
  truncate: v.optional(v.picklist(['error', 'end']), 'end'),
  dimensions: v.optional(v.pipe(wholeNumber, v.minValue(1))),
  promptName: v.optional(v.string()),
  signal: v.optional(v.instance(AbortSignal)),
};
const textSchema = v.strictObject(textEntries);
const schema = v.strictObject({
  ...textEntries,
  encoding: v.optional(v.picklist(['float', 'int8', 'binary']), 'float'),
  onProgress: v.optional(v.custom<WorkProgressListener>(isFunction, 'must be a function')),
});

const callSchema = v.strictObject({ signal: v.optional(v.instance(AbortSignal)) });

/** Of a call that has no other options: its signal. @throws FerrumError `InvalidParameter` naming the option. */
export function checkCallOptions(options: CallOptions): AbortSignal | undefined {
  return parse(callSchema, options).signal;
}

/** The options of a call of one text. @throws FerrumError `InvalidParameter` naming the option. */
export function checkEmbedTextCall(
  options: EmbedTextOptions,
  settings: TextSettings,
  width: number,
): EmbedCall<'float'> {
  parse(textSchema, options);
  return checkEmbedCall<'float'>(options, settings, width);
}

/** @throws FerrumError `InvalidParameter` naming the option. */
export function checkEmbedCall<E extends EmbeddingEncoding>(
  options: EmbedOptions<E>,
  settings: TextSettings,
  width: number,
): EmbedCall<E> {
  const { truncate, dimensions, encoding, promptName, signal, onProgress } = parse(schema, options);
  if (dimensions !== undefined && dimensions > width) {
    throw invalid('dimensions', `dimensions is ${dimensions}, but the model's embeddings have ${width} values.`);
  }
  return {
    preparation: { truncate, prompt: promptOf(promptName, settings) },
    finish: { normalizes: settings.normalizes, dimensions, encoding: encoding as E },
    signal,
    onProgress,
  };
}

function parse<Schema extends v.GenericSchema>(schema: Schema, options: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, options, { abortEarly: true });
  if (result.success) return result.output;
  const { field, message } = describeIssue(result.issues);
  throw invalid(field || 'options', `${field || 'options'}: ${message}.`);
}

function promptOf(name: string | undefined, { prompts, defaultPrompt }: TextSettings): string {
  const wanted = name ?? defaultPrompt;
  if (wanted === undefined) return '';
  if (Object.hasOwn(prompts, wanted)) return prompts[wanted] as string;
  const names = Object.keys(prompts);
  const known = names.length > 0 ? `its prompts are ${names.join(', ')}` : 'it has none';
  throw invalid('promptName', `promptName ${JSON.stringify(wanted)} is no prompt of this model; ${known}.`);
}

function invalid(parameter: string, message: string): FerrumError {
  return new FerrumError('InvalidParameter', message, { details: { parameter } });
}
