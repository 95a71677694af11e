import type { ResponseFormat } from './response-format.js';

/** How the next token is chosen. An engine honours a field or rejects the request with `Unsupported`. */
export interface SamplingParams {
  /** Most new tokens. Default 512, cut to what is left of the context. */
  readonly maxTokens: number;
  /** ≥ 0; 0 is greedy. Default 1. */
  readonly temperature: number;
  /** Nucleus: the smallest set of tokens whose probabilities reach this sum, in (0, 1]. Default 1 (off). Holtzman et al. 2019. */
  readonly topP: number;
  /** Only the k most probable tokens. Default: off. */
  readonly topK?: number;
  /** Divides positive and multiplies negative logits of tokens already seen, > 0. Default 1 (off). Keskar et al. 2019. */
  readonly repetitionPenalty: number;
  /** Subtracted once from the logit of every token already generated. Default 0. */
  readonly presencePenalty: number;
  /** Subtracted from a token's logit once per earlier generation of it. Default 0. */
  readonly frequencyPenalty: number;
  /** Generation ends before the first of these texts; none of it is part of the output. */
  readonly stopSequences: readonly string[];
  /** Same seed, same text. An integer from 0 to 2^53 − 1. Default: random. */
  readonly seed?: number;
  /** Only tokens at least this fraction as probable as the best, in (0, 1]. Nguyen et al. 2024. */
  readonly minP?: number;
  /** Tail-free sampling, in (0, 1]. */
  readonly tfs?: number;
  /** Locally typical sampling, in (0, 1]. Meister et al. 2022. */
  readonly typicalP?: number;
  readonly mirostat?: MirostatParams;
  /** Generates past the model's end-of-sequence tokens, up to `maxTokens`. Default false. */
  readonly ignoreEos: boolean;
  /** Default `{ type: 'text' }`. */
  readonly responseFormat: ResponseFormat;
}

/** Basu et al. 2020. */
export interface MirostatParams {
  readonly mode: 1 | 2;
  /** Target surprise, in bits. */
  readonly tau: number;
  /** Learning rate. */
  readonly eta: number;
}
