import type { Priority } from '@ferrum/interfaces';
import {
  type EvaluationPriority,
  type LlamaGrammar,
  LlamaGrammarEvaluationState,
  type LlamaModel,
  type SequenceEvaluateOptions,
  type Token,
  TokenBias,
} from 'node-llama-cpp';
import type { CheckedRequest } from '../request.js';

export const evaluationPriorities: Readonly<Record<Priority, EvaluationPriority>> = {
  low: 1,
  normal: 3,
  high: 4,
  critical: 5,
};

/** Beside the request, what the choice of a token depends on. */
export interface SamplingState {
  readonly model: LlamaModel;
  readonly grammar: LlamaGrammar | undefined;
  readonly promptTokens: readonly number[];
  /** The answer so far: read anew for each token. */
  readonly answerTokens: readonly number[];
  /** Which answer, from 0. */
  readonly choice: number;
  /** Most tokens there may be. */
  readonly contextLength: number;
}

/** A request's parameters in the library's terms. Without one of them the library has defaults of its own, so all are given. */
export function evaluateOptions({ sampling, priority }: CheckedRequest, state: SamplingState): SequenceEvaluateOptions {
  const { temperature = 1, topK = 0, topP = 1, minP, seed } = sampling;
  const { model, grammar, choice } = state;
  const repeatPenalty = repeatPenaltyOf(sampling, state);
  const tokenBias = tokenBiasOf(sampling, model);
  return {
    temperature: distinctTemperature(temperature),
    // 0 is none.
    topK,
    topP,
    // llama.cpp compares before it divides by the temperature: a ratio r of probabilities there is r^(1/T) after it.
    minP: minP === undefined ? 0 : minP ** temperature,
    seed: seedOf(seed, choice),
    ...(repeatPenalty ? { repeatPenalty } : {}),
    ...(tokenBias ? { tokenBias } : {}),
    ...(grammar ? { grammarEvaluationState: new LlamaGrammarEvaluationState({ model, grammar }) } : {}),
    evaluationPriority: evaluationPriorities[priority],
    yieldEogToken: true,
  };
}

/** llama.cpp takes 32 bits, the highest of which stands for a random seed. Each answer has numbers of its own. */
export function seedOf(seed: number, choice: number): number {
  return (seed + choice * 0x9e3779b9) % (2 ** 32 - 1);
}

/** Beyond these an answer is the most probable one, or any, as far as 32-bit numbers tell; past them they overflow. */
function distinctTemperature(temperature: number): number {
  return temperature < 1e-6 ? 0 : Math.min(temperature, 1e6);
}

function repeatPenaltyOf(
  { repetitionPenalty = 1, presencePenalty = 0, frequencyPenalty = 0 }: CheckedRequest['sampling'],
  { promptTokens, answerTokens, contextLength }: SamplingState,
): SequenceEvaluateOptions['repeatPenalty'] {
  if (repetitionPenalty === 1 && presencePenalty === 0 && frequencyPenalty === 0) return undefined;
  // The one is for prompt and answer, the others for the answer alone; both together were refused.
  const counted = repetitionPenalty === 1 ? [] : promptTokens;
  return {
    punishTokens: () => [...counted, ...answerTokens] as Token[],
    maxPunishTokens: contextLength,
    penalty: repetitionPenalty,
    presencePenalty,
    frequencyPenalty,
  };
}

function tokenBiasOf({ logitBias = {}, bannedTokens = [] }: CheckedRequest['sampling'], model: LlamaModel) {
  const biases = Object.entries(logitBias);
  if (biases.length === 0 && bannedTokens.length === 0) return undefined;
  const tokenBias = new TokenBias(model.tokenizer);
  for (const [token, logit] of biases) tokenBias.set(Number(token) as Token, { logit });
  for (const token of bannedTokens) tokenBias.set(token as Token, 'never');
  return tokenBias;
}
