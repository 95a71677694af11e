import type { TokenRules } from '../search/token-rules.js';

/**
 * The rules for the next token, written down as openai/whisper's decoding.py states them, with ctranslate2's treatment of a prefix:
 * −∞ is written into the logits of what may not follow, and what is left is normalised.
 * @param onLead told how much more probable all timestamps together are than the best text token, where that decides
 * @returns log-probabilities
 */
export function referenceLogProbabilities(
  given: Float32Array,
  rules: TokenRules,
  prefix: readonly number[],
  written: readonly number[],
  onLead: (lead: number) => void = () => {},
): Float64Array {
  const { timestampBegin, endOfText, noRepeatNgramSize: size, repetitionPenalty } = rules;
  const logits = Float64Array.from(given);
  const all = [...prefix, ...written];
  for (const token of new Set(all)) {
    const logit = logits[token] ?? 0;
    logits[token] = logit < 0 ? logit * repetitionPenalty : logit / repetitionPenalty;
  }
  for (const token of logits.keys()) {
    if (size > 0 && all.length >= size && completesSecondTime([...all, token], size)) logits[token] = -Infinity;
  }
  for (const token of rules.suppressed) logits[token] = -Infinity;
  if (written.length === 0) for (const token of rules.suppressedFirst) logits[token] = -Infinity;
  if (!rules.timestamps) return logSoftmax(logits);
  logits[rules.noTimestamps] = -Infinity;
  const isTimestamp = (token: number | undefined) => (token ?? -1) >= timestampBegin;
  if (written.length === 0) {
    if (prefix.length > 0) return logSoftmax(logits);
    logits.fill(-Infinity, 0, timestampBegin);
    logits.fill(-Infinity, rules.maxInitialTimestamp + 1);
    return logSoftmax(logits);
  }
  const lastIsTimestamp = isTimestamp(written.at(-1));
  if (lastIsTimestamp && (written.length < 2 || isTimestamp(written.at(-2)))) logits.fill(-Infinity, timestampBegin);
  else if (lastIsTimestamp) logits.fill(-Infinity, 0, endOfText);
  const latest = written.filter(isTimestamp).at(-1);
  if (latest !== undefined) logits.fill(-Infinity, timestampBegin, lastIsTimestamp ? latest : latest + 1);
  const lead = timestampLead(logits, timestampBegin);
  onLead(lead);
  if (lead > 0) logits.fill(-Infinity, 0, timestampBegin);
  return logSoftmax(logits);
}

/** How much more probable all timestamps together are than the best text token; logarithms. */
function timestampLead(logits: Float64Array, timestampBegin: number): number {
  const bestText = Math.max(...logits.subarray(0, timestampBegin));
  const sum = logits.subarray(timestampBegin).reduce((total, logit) => total + Math.exp(logit - bestText), 0);
  return Math.log(sum);
}

function completesSecondTime(sequence: readonly number[], size: number): boolean {
  const grams = Array.from({ length: sequence.length - size + 1 }, (_, at) => sequence.slice(at, at + size).join());
  return grams.slice(0, -1).includes(grams.at(-1) ?? '');
}

function logSoftmax(logits: Float64Array): Float64Array {
  const highest = Math.max(...logits);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - highest), 0);
  return logits.map((logit) => logit - highest - Math.log(sum));
}
