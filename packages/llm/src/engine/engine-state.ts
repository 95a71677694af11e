import type { EngineRequestState, EngineState, InferenceRequest, JsonValue } from '@ferrum/interfaces';
import { describeIssue, wholeNumber } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import type { KvArray, KvCache } from './cache/kv-cache.js';
import type { Generation } from './generation.js';
import type { Sequence } from './sequence.js';

const token = v.pipe(wholeNumber, v.minValue(0));
const logprobs = v.object({
  logprob: v.number(),
  top: v.array(v.object({ token, logprob: v.number() })),
});
const choiceSchema = v.object({
  /** Tokens chosen, the one that ended the answer included. */
  tokens: v.array(token),
  logprobs: v.optional(v.array(logprobs)),
  sampler: v.custom<JsonValue>((value) => value !== undefined),
});
const requestStateSchema = v.object({
  requestId: v.string(),
  request: v.custom<InferenceRequest>((value) => typeof value === 'object' && value !== null),
  promptTokens: v.pipe(v.array(token), v.minLength(1)),
  progress: v.object({ tokensProcessed: token }),
  allocatedResources: v.object({ choices: v.array(choiceSchema) }),
  kvCache: v.optional(v.instance(Uint8Array)),
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
  const { request, sequences, promptTokens } = generation;
  const [first] = sequences as readonly [Sequence];
  const { signal: _, ...plain } = source;
  const isRunning = first.slot !== undefined;
  const remaining = sequences.reduce((sum, sequence) => sum + sequence.maxLength - sequence.length, 0);
  const kv = includeKvCache && isRunning && first.computed > 0 ? await readKv(first, cache) : undefined;
  return {
    requestId: request.id,
    // The seed that was drawn goes along, so that a sampled text goes on as it would have.
    request: {
      ...plain,
      id: request.id,
      sampling: { ...plain.sampling, seed: request.sampling.seed },
    } as EngineRequestState['request'],
    state: isRunning ? 'running' : generation.preemptions > 0 ? 'preempted' : 'waiting',
    currentPhase: !isRunning ? 'queued' : first.sampled === 0 ? 'prefill' : 'decode',
    promptTokens: [...promptTokens],
    generatedTokens: [...first.answerTokens],
    progress: {
      tokensProcessed: first.computed,
      tokensRemaining: remaining,
      elapsedTimeMs: performance.now() - generation.startedAt,
      ...(tokensPerSecond ? { estimatedRemainingMs: (1000 * remaining) / tokensPerSecond } : {}),
    },
    allocatedResources: {
      ...(first.slot === undefined ? {} : { slot: first.slot }),
      choices: sequences.map((sequence) => ({
        tokens: [...sequence.chosen],
        ...(sequence.logprobs.length > 0
          ? { logprobs: JSON.parse(JSON.stringify(sequence.logprobs)) as JsonValue }
          : {}),
        sampler: sequence.sampler.exportState(),
      })),
    },
    ...(kv ? { kvCache: kv } : {}),
  };
}

/** @throws FerrumError `InvalidParameter` for the state of another model, or one that is damaged. */
export function checkState(
  state: EngineState,
  model: { readonly modelId: string; readonly fingerprint: string },
): RestorableRequest[] {
  const { specificationVersion, config, componentStates, activeRequests } = state;
  if (specificationVersion !== '1') {
    throw invalidState(
      `has specification version ${JSON.stringify(specificationVersion)}; this engine reads version 1`,
    );
  }
  const other = config?.model?.modelId;
  if (other !== model.modelId || componentStates?.model !== model.fingerprint) {
    throw invalidState(
      other === model.modelId
        ? `is of other weights of ${other}, or of another quantisation of them`
        : `is of the model ${other}, but this engine runs ${model.modelId}`,
    );
  }
  return activeRequests.map((request, index) => {
    const result = v.safeParse(requestStateSchema, request, { abortEarly: true });
    if (result.success) return result.output;
    const { field, message } = describeIssue(result.issues);
    throw invalidState(`is damaged: \`activeRequests.${index}.${field}\` ${message}`);
  });
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

function invalidState(problem: string): FerrumError {
  return new FerrumError(
    'InvalidParameter',
    `The state ${problem}. Export one from an engine with the same model and options.`,
    {
      details: { parameter: 'state' },
    },
  );
}
