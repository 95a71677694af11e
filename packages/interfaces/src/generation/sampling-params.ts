import type { ResponseFormat } from './response-format.js';

/**
 * How the next token is chosen. An engine honours a field or rejects the request with `Unsupported`.
 *
 * In this order: `logitBias`, `bannedTokens` and `minTokens`; repetition, presence and frequency penalties; `dry`;
 * `temperature`; then either `mirostat` or `topK`, `tfs`, `typicalP`, `topP`, `minP`, each over what the one before left;
 * then one draw.
 */
export interface SamplingParams {
  /** Most new tokens. Default 512, cut to what is left of the context. */
  readonly maxTokens: number;
  /** ≥ 0; 0 is greedy. Default 1. */
  readonly temperature: number;
  /** Nucleus: the smallest set of tokens whose probabilities reach this sum, in (0, 1]. Default 1 (off). Holtzman et al. 2019. */
  readonly topP: number;
  /** Only the k most probable tokens. Default: off. */
  readonly topK?: number;
  /** Divides positive and multiplies negative logits of tokens of prompt and answer, > 0. Default 1 (off). Keskar et al. 2019. */
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
  /** Ends the repetition of sequences. Default: off. */
  readonly dry?: DryParams;
  /** Added to the logits of tokens, by token id; −100 to 100. Default: none. */
  readonly logitBias?: Readonly<Record<string, number>>;
  /** Token ids that are never generated. */
  readonly bannedTokens?: readonly number[];
  /** Token ids that the answer begins with. */
  readonly forcedTokens?: readonly number[];
  /** Until so many tokens are generated neither an end token nor a stop sequence ends the answer. Default 0. */
  readonly minTokens?: number;
  /** Token ids that end the answer like the model's own end tokens, which they do not become part of. `finishReason` is `stop`. */
  readonly stopTokens?: readonly number[];
  /** Generates past the model's end-of-sequence tokens, up to `maxTokens`. Default false. */
  readonly ignoreEos: boolean;
  /** Whether the answer carries the log-probability of each token, as the model gives it before any parameter above. */
  readonly logprobs?: boolean;
  /** The most probable tokens listed beside each, 0 to 20; needs `logprobs`. Default 0. */
  readonly topLogprobs?: number;
  /** Answers to the same prompt, which is computed once. Default 1. */
  readonly n?: number;
  /** Answers generated, of which the `n` with the highest mean log-probability are returned; not for streams. Default `n`. */
  readonly bestOf?: number;
  /**
   * Whether the text begins with that of the prompt (of ids: theirs, special tokens included); with `logprobs`, those of the
   * prompt come too. Default false.
   */
  readonly echo?: boolean;
  /** Default `{ type: 'text' }`. */
  readonly responseFormat: ResponseFormat;
}

/**
 * "Don't repeat yourself": a token that would continue a repetition of the last n tokens is penalised by
 * `multiplier · base^(n − allowedLength)`, once n reaches `allowedLength`. After the sampler of that name by p-e-w, 2024.
 */
export interface DryParams {
  /** ≥ 0; 0 is off. */
  readonly multiplier: number;
  /** ≥ 1. Default 1.75. */
  readonly base?: number;
  /** Length of repetition that is free, ≥ 1. Default 2. */
  readonly allowedLength?: number;
  /** Latest tokens of prompt and answer that are looked at. Default: all. */
  readonly penaltyLastN?: number;
  /** Texts of tokens that no repetition reaches across. Default: line break, `:`, `"` and `*`. */
  readonly sequenceBreakers?: readonly string[];
}

/** Basu et al. 2020. */
export interface MirostatParams {
  readonly mode: 1 | 2;
  /** Target surprise, in bits. */
  readonly tau: number;
  /** Learning rate. */
  readonly eta: number;
}
