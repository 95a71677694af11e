import type { EngineRequestState, EngineState, InferenceRequest, JsonValue } from '@ferrum/interfaces';
import { describeIssue, wholeNumber } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import type { KvArray, KvCache } from './cache/kv-cache.js';
import type { Generation } from './generation.js';
import type { Sequence } from './sequence.js';

const token = v.pipe(wholeNumber, v.minValue(0));
const top = v.object({ token, logprob: v.number() });
const choiceSchema = v.object({
  /** Tokens chosen, the one that ended the answer included. */
  tokens: v.array(token),
  logprobs: v.optional(v.array(v.object({ logprob: v.number(), top: v.array(top) }))),
  sampler: v.custom<JsonValue>((value) => value !== undefined),
});
const promptLogprob = v.object({
  ...top.entries,
  text: v.string(),
  top: v.array(v.object({ ...top.entries, text: v.string() })),
});
const requestStateSchema = v.object({
  requestId: v.string(),
  request: v.custom<InferenceRequest>((value) => typeof value === 'object' && value !== null),
  promptTokens: v.pipe(v.array(token), v.minLength(1)),
  progress: v.object({ tokensProcessed: token }),
  allocatedResources: v.object({
    choices: v.pipe(v.array(choiceSchema), v.minLength(1)),
    promptLogprobs: v.optional(v.array(v.nullable(promptLogprob))),
    /** Whose keys and values were exported. */
    kvChoice: v.optional(token),
  }),
  kvCache: v.optional(v.instance(Uint8Array)),
});
const stateSchema = v.object({
  specificationVersion: v.literal('1', 'must be 1, the version that this engine reads'),
  config: v.object({ model: v.object({ modelId: v.string() }) }),
  componentStates: v.object({ model: v.string() }),
  activeRequests: v.array(requestStateSchema),
});

/** A request of an exported state, its every value checked. */
export type RestorableRequest = v.InferOutput<typeof requestStateSchema>;

/** A running request as another engine, or this one later, can take it up. Call it between two steps. */
export async function exportGeneration(
  generation: Generation,
  source: InferenceRequest,
  cache: KvCache,
  includeKvCache: boolean,
  tokensPerSecond: number | undefined,
): Promise<EngineRequestState> {
  const { request, sequences, promptTokens, promptLogprobs } = generation;
  const [first] = sequences as readonly [Sequence];
  const { signal: _, preset: __, ...plain } = source;
  const running = sequences.find(({ slot }) => slot !== undefined);
  const computed = running?.computed ?? 0;
  const remaining = sequences.reduce((sum, sequence) => sum + sequence.maxLength - sequence.length, 0);
  const hasBegun = first.sampled > 0;
  // Scores of a prompt's tokens come with computing them, so that begins anew.
  const isKvOfUse = includeKvCache && computed > 0 && !(generation.wantsPromptLogprobs && !hasBegun);
  const kv = isKvOfUse && running ? await readKv(running, cache) : undefined;
  const allocatedResources = {
    ...(running ? { slot: running.slot as number, kvChoice: running.choice } : {}),
    choices: sequences.map((sequence) => ({
      tokens: [...sequence.chosen],
      ...(sequence.logprobs.length > 0 ? { logprobs: sequence.logprobs } : {}),
      sampler: sequence.sampler.exportState(),
    })),
    ...(promptLogprobs && hasBegun ? { promptLogprobs } : {}),
  };
  return {
    requestId: request.id,
    // All that preset and defaults say goes along, and the seed that was drawn: the text goes on as it would have.
    request: {
      ...plain,
      // The caller's own list of ids may have changed since.
      ...(request.input.kind === 'tokens' ? { prompt: [...request.input.tokens] } : {}),
      id: request.id,
      sampling: request.samplingParams,
    } as EngineRequestState['request'],
    state: running ? 'running' : generation.preemptions > 0 ? 'preempted' : 'waiting',
    currentPhase: !running ? 'queued' : hasBegun ? 'decode' : 'prefill',
    promptTokens: [...promptTokens],
    generatedTokens: [...first.answerTokens],
    progress: {
      tokensProcessed: computed,
      tokensRemaining: remaining,
      elapsedTimeMs: performance.now() - generation.startedAt,
      ...(tokensPerSecond ? { estimatedRemainingMs: (1000 * remaining) / tokensPerSecond } : {}),
    },
    allocatedResources: structuredClone(allocatedResources) as unknown as EngineRequestState['allocatedResources'],
    ...(kv ? { kvCache: kv } : {}),
  };
}

/** @throws FerrumError `InvalidParameter` for the state of another model, or one that is damaged. */
export function checkState(
  state: EngineState,
  model: { readonly modelId: string; readonly fingerprint: string },
): RestorableRequest[] {
  const result = v.safeParse(stateSchema, state, { abortEarly: true });
  if (!result.success) {
    const { field, message } = describeIssue(result.issues);
    throw invalidState(`is damaged: ${field ? `\`${field}\` ` : 'it '}${message}`);
  }
  const { config, componentStates, activeRequests } = result.output;
  const other = config.model.modelId;
  if (other !== model.modelId || componentStates.model !== model.fingerprint) {
    throw invalidState(
      other === model.modelId
        ? `is of other weights of ${other}, or of another quantisation of them`
        : `is of the model ${other}, but this engine runs ${model.modelId}`,
    );
  }
  return activeRequests;
}

/** Exported keys and values in the layout of a cache; undefined when they are not of the length that the tokens need. */
export function kvArrayOf(bytes: Uint8Array, tokens: number, cache: KvCache): KvArray {
  const array = cache.newArray(tokens);
  if (bytes.byteLength !== array.byteLength) {
    throw invalidState(
      `has ${bytes.byteLength} bytes of keys and values where ${tokens} tokens take ${array.byteLength}`,
    );
  }
  new Uint8Array(array.buffer).set(bytes);
  return array;
}

async function readKv(sequence: Sequence, cache: KvCache): Promise<Uint8Array> {
  const array = cache.newArray(sequence.computed);
  await cache.read(sequence.slot as number, 0, sequence.computed, array);
  return new Uint8Array(array.buffer);
}

export function invalidState(problem: string): FerrumError {
  return new FerrumError(
    'InvalidParameter',
    `The state ${problem}. Export one from an engine with the same model and options.`,
    {
      details: { parameter: 'state' },
    },
  );
}
