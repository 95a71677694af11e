import { FerrumError } from '@ferrum/registry/errors';
import type { TokenRules } from './token-rules.js';

export interface Candidate {
  readonly token: number;
  /** Natural. */
  readonly logProb: number;
}

interface RankedLogit {
  readonly token: number;
  readonly logit: number;
}

/** Below this share of what was summed, a difference of sums has lost its digits, and the sum is computed anew. */
const leastShare = 1 / 64;

/**
 * The distribution of the token that follows a sequence, after the rules: of suppressed tokens, and of timestamps (Radford et al. 2022,
 * §2.3; as openai/whisper's decoding.py and CTranslate2's ApplyTimestampRules have them). Changes `logits` in place.
 */
export class NextToken {
  /** Ids [from, to) that may follow; suppressed ones among them have −∞. */
  #ranges: readonly (readonly [from: number, to: number])[] = [];
  #logSum = 0;
  /** The most probable ones of text, where the rules had to know them. */
  #ofText: { readonly from: number; readonly top: readonly RankedLogit[] } | undefined;

  /**
   * @param logits [vocabularySize]
   * @param textLogSum log Σ exp of the logits before `timestampBegin`
   * @param prefix tokens that the prompt itself begins the text with
   * @param written tokens after the prompt
   * @param most that `best` will be asked for; a vocabulary is read once for them
   */
  constructor(
    private readonly logits: Float32Array,
    textLogSum: number,
    rules: TokenRules,
    prefix: readonly number[],
    written: readonly number[],
    private readonly most = 1,
  ) {
    if (!Number.isFinite(textLogSum)) {
      throw new FerrumError('Backend', 'The model gave logits that are no numbers; its files may be damaged.');
    }
    const sum = this.#suppress(textLogSum, rules, prefix, written);
    if (rules.timestamps) this.#applyTimestampRules(sum, rules, prefix, written);
    else
      this.#allow(
        [[0, rules.vocabularySize]],
        logAddExp(sum, this.#logSumOf(rules.timestampBegin, rules.vocabularySize)),
      );
  }

  /** The most probable ones, in order. */
  best(count: number): Candidate[] {
    const known = count <= this.most ? this.#ofText : undefined;
    const top: RankedLogit[] = [];
    for (const [from, to] of this.#ranges) {
      if (from === known?.from) top.push(...known.top.slice(0, count));
      else this.#collect(top, count, from, to);
    }
    return top.map(({ token, logit }) => ({ token, logProb: logit - this.#logSum }));
  }

  /** Draws one: probabilities are proportional to exp(logit / temperature). @param random in [0, 1) */
  sample(temperature: number, random: number): Candidate {
    const [best] = this.best(1);
    if (!best) throw new FerrumError('Internal', 'No token may follow.');
    const highest = best.logProb + this.#logSum;
    let total = 0;
    this.#eachWeight(highest, temperature, (_, weight) => {
      total += weight;
      return false;
    });
    let left = random * total;
    let drawn = best.token;
    this.#eachWeight(highest, temperature, (token, weight) => {
      if (weight === 0) return false;
      drawn = token;
      left -= weight;
      return left < 0;
    });
    return { token: drawn, logProb: (this.logits[drawn] as number) - this.#logSum };
  }

  #eachWeight(highest: number, temperature: number, visit: (token: number, weight: number) => boolean): void {
    for (const [from, to] of this.#ranges) {
      for (let token = from; token < to; token++) {
        if (visit(token, Math.exp(((this.logits[token] as number) - highest) / temperature))) return;
      }
    }
  }

  /** @returns the sum over text without what may never follow */
  #suppress(textLogSum: number, rules: TokenRules, prefix: readonly number[], written: readonly number[]): number {
    const { logits } = this;
    // In shares of the sum: what is there or comes, and what goes.
    let added = 1;
    let taken = 0;
    const set = (token: number, logit: number) => {
      const before = logits[token] as number;
      if (before === logit) return;
      if (token < rules.timestampBegin) {
        added += Math.exp(logit - textLogSum);
        taken += Math.exp(before - textLogSum);
      }
      logits[token] = logit;
    };
    if (rules.repetitionPenalty !== 1) {
      for (const token of new Set([...prefix, ...written])) {
        const logit = logits[token] as number;
        set(token, logit < 0 ? logit * rules.repetitionPenalty : logit / rules.repetitionPenalty);
      }
    }
    for (const token of repeatingTokens([...prefix, ...written], rules.noRepeatNgramSize)) set(token, -Infinity);
    for (const token of rules.suppressed) set(token, -Infinity);
    if (written.length === 0) for (const token of rules.suppressedFirst) set(token, -Infinity);
    if (rules.timestamps) set(rules.noTimestamps, -Infinity);
    const left = added - taken;
    const isExact = Number.isFinite(left) && left >= leastShare * added;
    return isExact ? textLogSum + Math.log(left) : this.#logSumOf(0, rules.timestampBegin);
  }

  #applyTimestampRules(
    textSum: number,
    rules: TokenRules,
    prefix: readonly number[],
    written: readonly number[],
  ): void {
    const { timestampBegin, vocabularySize, endOfText } = rules;
    const count = written.length;
    if (count === 0) {
      // Text that the prompt began goes on with anything; else a timestamp comes first.
      const end = Math.min(rules.maxInitialTimestamp + 1, vocabularySize);
      if (prefix.length === 0) this.#allow([[timestampBegin, end]], this.#logSumOf(timestampBegin, end));
      else this.#allow([[0, vocabularySize]], logAddExp(textSum, this.#logSumOf(timestampBegin, vocabularySize)));
      return;
    }
    const last = written[count - 1] as number;
    const isAfterTimestamp = last >= timestampBegin;
    // They come in pairs: the end of a segment, the start of the next.
    if (isAfterTimestamp && (count < 2 || (written[count - 2] as number) >= timestampBegin)) {
      this.#allow([[0, timestampBegin]], textSum);
      return;
    }
    const latest = isAfterTimestamp
      ? last - 1
      : (written.findLast((token) => token >= timestampBegin) ?? timestampBegin - 1);
    const textFrom = isAfterTimestamp ? endOfText : 0;
    const sum = isAfterTimestamp ? this.#logSumOf(endOfText, timestampBegin) : textSum;
    const from = latest + 1;
    const timestampSum = this.#logSumOf(from, vocabularySize);
    const text: RankedLogit[] = [];
    this.#collect(text, this.most, textFrom, timestampBegin);
    this.#ofText = { from: textFrom, top: text };
    // All timestamps together against the best text token.
    if (timestampSum > (text[0]?.logit ?? -Infinity)) this.#allow([[from, vocabularySize]], timestampSum);
    else
      this.#allow(
        [
          [textFrom, timestampBegin],
          [from, vocabularySize],
        ],
        logAddExp(sum, timestampSum),
      );
  }

  #allow(ranges: readonly (readonly [number, number])[], logSum: number): void {
    this.#ranges = ranges;
    this.#logSum = logSum;
    if (logSum === -Infinity)
      throw new FerrumError('InvalidParameter', 'suppressTokens leaves no token that may follow.');
  }

  #logSumOf(from: number, to: number): number {
    const { logits } = this;
    let highest = -Infinity;
    for (let i = from; i < to; i++) if ((logits[i] as number) > highest) highest = logits[i] as number;
    if (highest === -Infinity) return -Infinity;
    let sum = 0;
    for (let i = from; i < to; i++) sum += Math.exp((logits[i] as number) - highest);
    return highest + Math.log(sum);
  }

  /** Keeps the `count` highest of those in `top` and of ids [from, to), in order. */
  #collect(top: RankedLogit[], count: number, from: number, to: number): void {
    const { logits } = this;
    let least = top.length < count ? -Infinity : (top[count - 1]?.logit ?? -Infinity);
    for (let token = from; token < to; token++) {
      const logit = logits[token] as number;
      if (!(logit > least)) continue;
      let place = top.length;
      while (place > 0 && (top[place - 1] as RankedLogit).logit < logit) place -= 1;
      top.splice(place, 0, { token, logit });
      if (top.length > count) top.pop();
      if (top.length === count) least = (top[count - 1] as RankedLogit).logit;
    }
  }
}

/** Tokens that would complete an n-gram for the second time. */
function repeatingTokens(sequence: readonly number[], size: number): number[] {
  if (size === 0 || sequence.length < size) return [];
  const start = sequence.length - size + 1;
  const found: number[] = [];
  for (let at = 0; at + size <= sequence.length; at++) {
    let i = 0;
    while (i < size - 1 && sequence[at + i] === sequence[start + i]) i += 1;
    if (i === size - 1) found.push(sequence[at + size - 1] as number);
  }
  return found;
}

function logAddExp(a: number, b: number): number {
  const [high, low] = a > b ? [a, b] : [b, a];
  return low === -Infinity ? high : high + Math.log1p(Math.exp(low - high));
}
