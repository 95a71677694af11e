import type { RowLogits } from '../search/search.js';
import type { AlignedText } from './decoding-jobs.js';
import type { DecoderOutput } from './whisper-runner.js';

/** One row of what the decoder gave; valid until its next run. */
export function rowOf({ logits, textLogSums }: DecoderOutput, index: number): RowLogits {
  const vocabularySize = logits.length / textLogSums.length;
  return {
    logits: logits.subarray(index * vocabularySize, (index + 1) * vocabularySize),
    textLogSum: textLogSums[index] as number,
  };
}

/** Of a token among the text tokens. */
export function probabilityOf(
  { logits, textLogSum }: RowLogits,
  token: number,
  { endOfText, timestampBegin }: Pick<AlignedText, 'endOfText' | 'timestampBegin'>,
): number {
  // The sum that the graph gives goes on to the timestamps: what lies between is taken away.
  let between = 0;
  for (let id = endOfText; id < timestampBegin; id++) {
    between += Math.exp((logits[id] as number) - textLogSum);
  }
  return Math.exp((logits[token] as number) - textLogSum - Math.log(Math.max(Number.EPSILON, 1 - between)));
}
