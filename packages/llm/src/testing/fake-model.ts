import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Tokenizer } from '@ferrum/models';
import { KvCache } from '../engine/cache/kv-cache.js';
import type { DecodeRow, LogitPositions, ModelRunner } from '../engine/model-runner.js';

/** Tokens are the printable characters and, as token 0 that ends a text, the one before them. */
export const fakeVocabulary = 96;

/**
 * What the fake model makes of a text: numbers that depend on every token of it and on nothing else. Whoever mixes up keys
 * and values of two texts, or loses some, gets another continuation.
 */
export function fakeLogits(tokens: readonly number[]): Float32Array {
  let state = 2166136261;
  for (const token of tokens) state = Math.imul(state ^ (token + 1), 16777619) >>> 0;
  return Float32Array.from({ length: fakeVocabulary }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32) * 8 - 4;
  });
}

/** The greedy continuation, by definition; it goes past token 0. */
export function fakeGreedy(prompt: readonly number[], count: number): number[] {
  const tokens = [...prompt];
  for (let i = 0; i < count; i++) {
    const logits = fakeLogits(tokens);
    tokens.push(logits.indexOf(Math.max(...logits)));
  }
  return tokens.slice(prompt.length);
}

export interface FakeRun {
  readonly kind: 'decode' | 'extend';
  readonly slots: readonly number[];
  readonly tokens: number;
}

/** Keeps tokens as keys and positions as values, and computes from what its cache holds, not from what it was told. */
export class FakeRunner implements ModelRunner {
  readonly vocabularySize = fakeVocabulary;
  readonly cache: KvCache;
  readonly runs: FakeRun[] = [];
  isDisposed = false;
  /** Called before a run: may throw in its place, wait, or return rows whose logits shall be damaged. */
  before: (run: FakeRun) => undefined | readonly number[] | Promise<undefined | readonly number[]> = () => undefined;

  constructor({ slots = 4, capacity = 256 } = {}) {
    this.cache = new KvCache({ layers: 1, kvHeads: 2, headDim: 1, slots, capacity, type: 'float32' });
  }

  async decode(rows: readonly DecodeRow[]): Promise<Float32Array> {
    const damaged = await this.#begin({ kind: 'decode', slots: [...rows.keys()], tokens: rows.length });
    const logits = new Float32Array(rows.length * fakeVocabulary);
    for (const [slot, { token, past }] of rows.entries()) {
      await this.#put(slot, [token], past);
      logits.set(await this.#logitsAfter(slot, past + 1), slot * fakeVocabulary);
      if (damaged.includes(slot)) logits[slot * fakeVocabulary + 5] = Number.NaN;
    }
    return logits;
  }

  async extend(
    slot: number,
    tokens: readonly number[],
    past: number,
    positions: LogitPositions,
  ): Promise<Float32Array> {
    const damaged = await this.#begin({ kind: 'extend', slots: [slot], tokens: tokens.length });
    await this.#put(slot, tokens, past);
    const ends = positions === 'last' ? [tokens.length] : tokens.map((_, i) => i + 1);
    const logits = new Float32Array(ends.length * fakeVocabulary);
    for (const [row, end] of ends.entries())
      logits.set(await this.#logitsAfter(slot, past + end), row * fakeVocabulary);
    if (damaged.includes(slot)) logits.fill(Number.NaN);
    return logits;
  }

  async dispose(): Promise<void> {
    this.isDisposed = true;
  }

  async #begin(run: FakeRun): Promise<readonly number[]> {
    if (this.isDisposed) throw new Error('The runner is disposed.');
    this.runs.push(run);
    const damaged = await this.before(run);
    await nextTurn();
    return damaged ?? [];
  }

  async #put(slot: number, tokens: readonly number[], past: number): Promise<void> {
    const array = this.cache.newArray(tokens.length);
    for (let side = 0; side < 2; side++) {
      for (let head = 0; head < 2; head++) {
        for (const [i, token] of tokens.entries()) {
          array[(side * 2 + head) * tokens.length + i] = side === 0 ? token : past + i;
        }
      }
    }
    await this.cache.write(slot, past, past + tokens.length, array);
  }

  async #logitsAfter(slot: number, length: number): Promise<Float32Array> {
    const array = this.cache.newArray(length);
    await this.cache.read(slot, 0, length, array);
    for (let i = 0; i < length; i++) {
      const [key, other, position] = [array[i], array[length + i], array[2 * length + i]];
      if (key !== other || position !== i) throw new Error(`Slot ${slot} holds ${key}, ${other}, ${position} at ${i}.`);
    }
    return fakeLogits(Array.from(array.subarray(0, length)));
  }
}

/** A character a token. */
export const fakeTokenizer: Tokenizer = {
  encode: (text) => Array.from(text, (character) => character.charCodeAt(0) - 31),
  encodePrefix: (text, maxTokens) => {
    const ids = fakeTokenizer.encode(text);
    return { ids: ids.slice(0, maxTokens), isComplete: ids.length <= maxTokens };
  },
  decode: (ids) => Array.from(ids, fakeText).join(''),
  createDecoder: () => ({ push: fakeText, flush: () => '' }),
  tokenId: (text) => text.charCodeAt(0) - 31,
  tokenText: (id) => (id < fakeVocabulary ? fakeText(id) : undefined),
  tokenBytes: (id) => new TextEncoder().encode(fakeText(id)),
  isSpecial: (id) => id === 0,
  vocabSize: fakeVocabulary,
  specialTokens: { eos: 0 },
  surroundingTokens: { before: [], after: [] },
  pairTokens: undefined,
  endOfGenerationTokens: new Set([0]),
};

export function fakeText(id: number): string {
  return String.fromCharCode(id + 31);
}
