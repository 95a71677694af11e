import type { InferenceRequest, JsonObject, JsonValue, ResponseFormat, TokenLogprob } from '@ferrum/interfaces';
import { sampleOfGrammar, sampleOfRegex } from './mock-grammar.js';
import { hashOf } from './mock-vectors.js';
import { idOfWord } from './mock-vocabulary.js';

/** How probable the mock finds a word, the next one, and so on. */
const probabilities = [0.6, 0.25, 0.1, 0.05] as const;

const numbers = 'one two three four five six seven eight nine 🦀 eleven twelve thirteen fourteen fifteen sixteen'.split(
  ' ',
);
const length = 64;

/** What might come at each place of an answer, most probable first. */
export type MockCandidates = readonly string[];

/** The answer of a mock that was not told one: it counts on from a number that depends on the prompt. */
export function countOn(prompt: string, shift: number): readonly MockCandidates[] {
  const start = (hashOf(prompt) + shift) % numbers.length;
  return Array.from({ length }, (_, index) =>
    probabilities.map((_, offset) => ` ${numbers[(start + index + offset) % numbers.length]}`),
  );
}

/**
 * A text in a format; undefined where any will do.
 * @throws FerrumError `InvalidParameter` for a format that is malformed, `Unsupported` for one that the mock cannot follow
 */
export function formatText(format: ResponseFormat): string | undefined {
  switch (format.type) {
    case 'text':
      return undefined;
    case 'json_object':
      return '{"answer": "yes", "count": 3}';
    case 'json_schema':
      return JSON.stringify(sampleOf(format.schema));
    case 'grammar':
      return sampleOfGrammar(format.grammar);
    case 'regex':
      return sampleOfRegex(format.pattern);
    case 'choice':
      return format.choices[0];
  }
}

/** Picks one of the candidates, as the sampling parameters say. @param draw from 0 up to 1 */
export function pick(candidates: MockCandidates, sampling: InferenceRequest['sampling'], draw: () => number): number {
  const { temperature = 1, topK = candidates.length, topP = 1, minP = 0 } = sampling ?? {};
  if (temperature === 0 || candidates.length === 1) return 0;
  const heated = normalized(probabilities.slice(0, candidates.length).map((one) => one ** (1 / temperature)));
  let before = 0;
  const kept = heated.map((one, rank) => {
    const isKept = rank === 0 || (rank < topK && before < topP && one >= minP * (heated[0] ?? 1));
    before += one;
    return isKept ? one : 0;
  });
  let left = draw();
  for (const [rank, one] of normalized(kept).entries()) {
    left -= one;
    if (left < 0) return rank;
  }
  return 0;
}

export function logprobOf(candidates: MockCandidates, chosen: number, top = 0): TokenLogprob {
  // Of a word that has no others beside it too, so that there is something to list.
  const known = probabilities.map((probability, rank) => {
    const text = candidates[rank] ?? `${candidates[0]}${'?'.repeat(rank)}`;
    return { token: idOfWord(text), text, logprob: Math.log(probability) };
  });
  const { token, text, logprob } = known[chosen] ?? { token: 0, text: '', logprob: 0 };
  return { token, text, logprob, top: known.slice(0, top) };
}

/** Numbers from 0 up to 1, the same for the same seed. Mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A value that fits a schema of objects, lists, enumerations and plain values. */
export function sampleOf(schema: JsonValue | undefined): JsonValue {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return null;
  const { type, properties } = schema as JsonObject;
  const choices = (schema as JsonObject).enum;
  if (Array.isArray(choices)) return choices[0] ?? null;
  if (type === 'object') {
    return Object.fromEntries(Object.entries(properties ?? {}).map(([name, inner]) => [name, sampleOf(inner)]));
  }
  return { string: 'text', number: 1.5, integer: 1, boolean: true, array: [] as JsonValue[] }[String(type)] ?? null;
}

function normalized(values: readonly number[]): readonly number[] {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
}
