import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { atLeastOne, check, countable } from './valibot-issue.js';

const shared = {
  gpu: v.optional(
    v.union(
      [v.picklist(['auto', 'cuda', 'vulkan', 'metal']), v.literal(false)],
      'must be auto, cuda, vulkan, metal or false',
    ),
    'auto',
  ),
  gpuLayers: v.optional(countable),
  threads: v.optional(v.pipe(atLeastOne, v.maxValue(1024))),
  contextLength: v.optional(v.pipe(atLeastOne, v.minValue(2))),
  flashAttention: v.optional(v.boolean()),
  maxWaitingRequests: v.optional(countable, 1000),
  drainTimeoutMs: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), 5000),
};

const embedSchema = v.strictObject(shared);
const textSchema = v.strictObject({
  ...shared,
  maxSequences: v.optional(v.pipe(atLeastOne, v.maxValue(64)), 4),
  batchSize: v.optional(v.pipe(atLeastOne, v.minValue(32), v.maxValue(8192)), 128),
});

/** What both engines accept in `host.resolve(…, { options })`. */
interface LlamaCppOptions {
  /**
   * What computes beside the processor. Default `auto`: the best of what is installed and works here. A kind that is named
   * and is not there is an error; `false` is the processor alone.
   */
  readonly gpu?: 'auto' | 'cuda' | 'vulkan' | 'metal' | false;
  /** Layers on the graphics card. Default: as many as its memory holds. */
  readonly gpuLayers?: number;
  /** Threads that compute. Default: one per core that is good at arithmetic. */
  readonly threads?: number;
  /** Default: where the model can. True for a model that cannot is an error. */
  readonly flashAttention?: boolean;
  /** Calls that may wait; one more is refused with `ResourceExhausted`. Default 1000. */
  readonly maxWaitingRequests?: number;
  /** How long `shutdown` lets calls go on, in ms. Default 5000. */
  readonly drainTimeoutMs?: number;
}

/** What `host.resolve('text-generation', { options })` accepts. */
export interface LlamaCppTextOptions extends LlamaCppOptions {
  /**
   * Tokens of prompt and answer together, at least 2. Default: what the model was trained for, at most 8192, and less where
   * memory does not hold it (`config()` says how many). Memory for all of `maxSequences` is taken at once.
   */
  readonly contextLength?: number;
  /** Requests computed side by side, 1 to 64. Default 4. */
  readonly maxSequences?: number;
  /**
   * Tokens computed in one step, 32 to 8192; a prompt's beginning is reused in pieces of as many. A request that is
   * cancelled while its prompt is read ends after a step. Default 128.
   */
  readonly batchSize?: number;
}

/** What `host.resolve('embedding', { options })` accepts. */
export interface LlamaCppEmbedOptions extends LlamaCppOptions {
  /**
   * Tokens of the longest text, at least 2. Default: what the model was trained for, at most 2048. A text is read in one
   * step, so memory grows with this, by its square without flash attention.
   */
  readonly contextLength?: number;
}

type Checked<Options, Defaulted extends keyof Options> = Options & Required<Pick<Options, Defaulted>>;
type SharedDefaults = 'gpu' | 'maxWaitingRequests' | 'drainTimeoutMs';

export type CheckedTextOptions = Checked<LlamaCppTextOptions, SharedDefaults | 'maxSequences' | 'batchSize'>;
export type CheckedEmbedOptions = Checked<LlamaCppEmbedOptions, SharedDefaults>;

/** @throws FerrumError `InvalidParameter` naming the option. */
export function parseTextOptions(options: Readonly<Record<string, unknown>>): CheckedTextOptions {
  return parse(textSchema, options) as CheckedTextOptions;
}

/** @throws FerrumError `InvalidParameter` naming the option. */
export function parseEmbedOptions(options: Readonly<Record<string, unknown>>): CheckedEmbedOptions {
  return parse(embedSchema, options) as CheckedEmbedOptions;
}

export function invalidOption(parameter: string, message: string): FerrumError {
  return new FerrumError('InvalidParameter', `Engine options of @ferrum/plugin-llama-cpp: ${message}.`, {
    details: { parameter },
  });
}

function parse<Schema extends v.GenericSchema>(schema: Schema, options: unknown): v.InferOutput<Schema> {
  const checked = check(schema, options);
  if ('output' in checked) return checked.output;
  const { field, message } = checked.issue;
  throw invalidOption(field || 'options', `${field && `${field}: `}${message}`);
}
