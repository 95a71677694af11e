import { FerrumError } from '@ferrum/registry/errors';
import { promptText } from '../prompt-text.js';
import { otherModels } from './choose-model.js';
import type { FailureKind, Outcome, StreamTrace } from './outcome.js';
import { type Prompt, type RequestShape, requestBody, requestPath } from './request-shape.js';
import type { ServerClient } from './server-client.js';
import { streamAnswer } from './stream-answer.js';
import { oneToOne, type TokenScale, tokenScale } from './word-prompts.js';

/**
 * Asks for one token of a prompt of one word and of one of `words`, to learn how the server counts.
 *
 * @throws FerrumError as `askAlone`.
 */
export async function measureTokenScale(
  client: ServerClient,
  shape: RequestShape,
  words: number,
  signal: AbortSignal,
): Promise<TokenScale> {
  const tokensOf = async (count: number) =>
    (await requireAnswer(client, shape, promptText(count, 0), signal)).usage?.promptTokens;
  const one = await tokensOf(1);
  const many = await tokensOf(words);
  return one === undefined || many === undefined ? oneToOne : tokenScale(words, one, many);
}

/**
 * What each prompt is answered with when nothing else runs.
 *
 * @throws FerrumError as `askAlone`.
 */
export async function recordReferences(
  client: ServerClient,
  shape: RequestShape,
  prompts: readonly Prompt[],
  signal: AbortSignal,
): Promise<ReadonlyMap<Prompt, string>> {
  const references = new Map<Prompt, string>();
  for (const prompt of prompts) references.set(prompt, (await askAlone(client, shape, prompt, signal)).text);
  return references;
}

/** Asks for one token, which may be one that shows nothing. @throws FerrumError as `askAlone`. */
export function requireAnswer(
  client: ServerClient,
  shape: RequestShape,
  prompt: Prompt,
  signal: AbortSignal,
): Promise<StreamTrace> {
  return askAlone(client, { ...shape, maxTokens: 1 }, prompt, signal, ['noToken']);
}

/**
 * One request while nothing else runs: if even that fails there is nothing to measure.
 *
 * @param tolerated Failures that are none here.
 * @throws FerrumError `Network`, `Timeout`, `Auth`, `NotFound` with the models that there are, or `Backend`; the signal's reason.
 */
async function askAlone(
  client: ServerClient,
  shape: RequestShape,
  prompt: Prompt,
  signal: AbortSignal,
  tolerated: readonly FailureKind[] = [],
): Promise<StreamTrace> {
  const request = { path: requestPath(shape.endpoint), body: requestBody(shape, prompt), signal };
  const outcome = await streamAnswer(client, { ...request, startMs: performance.now() });
  signal.throwIfAborted();
  if (outcome.type === 'completed') return outcome.trace;
  if (outcome.type === 'failed' && outcome.trace && tolerated.includes(outcome.kind)) return outcome.trace;
  throw await refusal(outcome, client, shape, signal);
}

async function refusal(
  outcome: Outcome,
  client: ServerClient,
  { model, endpoint }: RequestShape,
  signal: AbortSignal,
): Promise<FerrumError> {
  const { origin, prefix } = client.target;
  const url = `${origin}${prefix}${requestPath(endpoint)}`;
  if (outcome.type !== 'failed') {
    return new FerrumError(
      'ResourceExhausted',
      `${url} is busy although nothing else was asked here. Try again later.`,
    );
  }
  const { kind, detail } = outcome;
  const message = `A first request to ${url} failed (${kind}): ${detail}`;
  switch (kind) {
    case 'connectionRefused':
    case 'connectionReset':
    case 'transport':
      return new FerrumError('Network', message);
    case 'timeOut':
      return new FerrumError('Timeout', message);
    case 'http401':
    case 'http403':
      return new FerrumError('Auth', `${message} Give a key with --api-key.`);
    case 'http404':
      return new FerrumError('NotFound', `${message} (The model is ${model}.) ${await otherModels(client, signal)}`);
    default:
      return new FerrumError('Backend', message);
  }
}
