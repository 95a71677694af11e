import type { DryParams, MirostatParams } from '@ferrum/interfaces';

/** `SamplingParams` as the sampler takes them: checked, every default filled in, an absent field is off. */
export interface SamplingOptions {
  readonly temperature: number;
  readonly topP: number;
  readonly topK?: number;
  readonly tfs?: number;
  readonly typicalP?: number;
  readonly minP?: number;
  /** Takes the place of the five above. */
  readonly mirostat?: MirostatParams;
  readonly repetitionPenalty: number;
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
  /** `penaltyLastN` is Infinity for the whole context. */
  readonly dry?: Required<DryParams>;
  readonly logitBias: ReadonlyMap<number, number>;
  readonly bannedTokens: readonly number[];
  readonly forcedTokens: readonly number[];
  readonly minTokens: number;
  readonly seed: number;
  /** 0 to 20; undefined where no log-probabilities are wanted. */
  readonly topLogprobs: number | undefined;
}
