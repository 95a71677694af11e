import type {
  EmbeddingEncoding,
  EmbedOptions,
  EmbedTextOptions,
  FerrumErrorCode,
  WorkProgressListener,
} from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { atLeastOne, check, signal } from '../valibot-issue.js';

/** What options of a call are checked against. */
export interface EmbedRules {
  readonly dimensions: number;
  readonly prompts: Readonly<Record<string, string>>;
}

/** The options of a call, checked and complete. */
export interface EmbedCall<E extends EmbeddingEncoding> {
  readonly truncate: 'error' | 'end';
  readonly dimensions: number;
  /** Goes before a text. */
  readonly prompt: string;
  readonly encoding: E;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: WorkProgressListener | undefined;
}

const textEntries = {
  truncate: v.optional(v.picklist(['error', 'end']), 'end'),
  dimensions: v.optional(atLeastOne),
  promptName: v.optional(v.string()),
  signal: v.optional(signal),
};
const textSchema = v.strictObject(textEntries);
const schema = v.strictObject({
  ...textEntries,
  encoding: v.optional(v.picklist(['float', 'int8', 'binary']), 'float'),
  onProgress: v.optional(v.custom<WorkProgressListener>((given) => typeof given === 'function', 'must be a function')),
});
const callSchema = v.strictObject({ signal: v.optional(signal) });

/** Of a call without other options: its signal. @throws FerrumError `InvalidParameter` */
export function checkSignal(options: unknown): AbortSignal | undefined {
  return parse(callSchema, options).signal;
}

/** @throws FerrumError `InvalidParameter` naming the option */
export function checkEmbedTextCall(options: EmbedTextOptions, rules: EmbedRules): EmbedCall<'float'> {
  return checkEmbedCall(parse(textSchema, options) as EmbedOptions<'float'>, rules);
}

/** @throws FerrumError `InvalidParameter` naming the option */
export function checkEmbedCall<E extends EmbeddingEncoding>(options: EmbedOptions<E>, rules: EmbedRules): EmbedCall<E> {
  const { dimensions = rules.dimensions, promptName, encoding, ...rest } = parse(schema, options);
  if (dimensions > rules.dimensions) {
    const message = `dimensions is ${dimensions}, but the model's embeddings have ${rules.dimensions} values.`;
    throw invalid('dimensions', message);
  }
  return {
    truncate: rest.truncate,
    signal: rest.signal,
    onProgress: rest.onProgress,
    dimensions,
    prompt: promptOf(promptName, rules.prompts),
    encoding: encoding as E,
  };
}

function promptOf(name: string | undefined, prompts: EmbedRules['prompts']): string {
  if (name === undefined) return '';
  const prompt = Object.hasOwn(prompts, name) ? prompts[name] : undefined;
  if (prompt !== undefined) return prompt;
  const names = Object.keys(prompts).join(', ');
  if (names === '') throw invalid('promptName', 'promptName: this model has no prompts; leave it out.', 'Unsupported');
  throw invalid('promptName', `promptName ${JSON.stringify(name)} is no prompt of this model; it has ${names}.`);
}

function parse<Schema extends v.GenericSchema>(by: Schema, options: unknown): v.InferOutput<Schema> {
  const checked = check(by, options);
  if ('output' in checked) return checked.output;
  const { field, message } = checked.issue;
  throw invalid(field || 'options', `${field || 'options'}: ${message}.`);
}

function invalid(parameter: string, message: string, code: FerrumErrorCode = 'InvalidParameter'): FerrumError {
  return new FerrumError(code, message, { details: { parameter } });
}
