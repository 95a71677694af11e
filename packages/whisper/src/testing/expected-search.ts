import type { HeardWindow } from '../engine/decoding-jobs.js';
import type { DecodingLoop } from '../engine/decoding-loop.js';
import { BeamSearch } from '../search/beam-search.js';
import type { TokenRules } from '../search/token-rules.js';
import type { OpenRunner } from './open-runner.js';
import { type ExpectedSearch, specialTokens } from './tiny-models.js';

/** The search that ctranslate2 made. */
export function searchOf({ tokens, config }: OpenRunner, expected: ExpectedSearch): BeamSearch {
  const { prefix, beamSize, patience, lengthPenalty, maxTokens } = expected;
  const { endOfText, timestampBegin, noTimestamps, blankTokens } = tokens;
  const rules: TokenRules = {
    endOfText,
    timestampBegin,
    noTimestamps,
    vocabularySize: config.vocabularySize,
    suppressed: [...new Set([...specialTokens, ...expected.suppressed])].sort((a, b) => a - b),
    suppressedFirst: expected.suppressBlank ? blankTokens : [],
    timestamps: expected.timestamps,
    maxInitialTimestamp: timestampBegin + expected.maxInitialTimestamp,
    repetitionPenalty: expected.repetitionPenalty,
    noRepeatNgramSize: expected.noRepeatNgramSize,
  };
  return new BeamSearch({ rules, prefix, beamSize, patience, lengthPenalty, maxTokens });
}

export interface FoundText {
  readonly tokens: readonly number[];
  readonly sumLogProb: number;
  readonly noSpeech: number;
}

/** Runs it in a window that has been heard. */
export async function runSearch(
  open: OpenRunner,
  loop: DecodingLoop,
  window: HeardWindow,
  expected: ExpectedSearch,
  signal?: AbortSignal,
): Promise<FoundText> {
  const search = searchOf(open, expected);
  let noSpeech = 0;
  const index = startIndexOf(expected, open.tokens.startOfTranscript);
  const read = ({ logits }: { logits: Float32Array }) => {
    const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
    noSpeech = Math.exp(logits[open.tokens.noSpeech] as number) / sum;
  };
  await loop.search(window, { tokens: expected.prompt, observe: { index, read } }, search, signal, 'Searching');
  const [best] = search.results;
  return { tokens: best?.tokens ?? [], sumLogProb: best?.sumLogProb ?? 0, noSpeech };
}

function startIndexOf({ prompt }: ExpectedSearch, startOfTranscript: number): number {
  return prompt.indexOf(startOfTranscript);
}
