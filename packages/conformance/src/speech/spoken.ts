import assert from 'node:assert/strict';
import type { SpeechChunk, SpokenWord } from '@ferrum/interfaces';
import { collect } from '../engine/collect.js';

/** What the tests let an engine say. */
export interface SpeechTexts {
  readonly sentence: string;
  readonly sentences: readonly string[];
  /** All sentences. */
  readonly text: string;
}

export interface Spoken {
  readonly chunks: readonly SpeechChunk[];
  readonly samples: Float32Array;
  /** In seconds. */
  readonly duration: number;
  readonly words: readonly SpokenWord[];
}

/** All that a stream says. */
export async function speak(stream: AsyncIterable<SpeechChunk>): Promise<Spoken> {
  const chunks = await collect(stream);
  const samples = joinSamples(chunks.map((chunk) => chunk.samples));
  return {
    chunks,
    samples,
    duration: samples.length / (chunks[0]?.sampleRate ?? Number.NaN),
    words: chunks.flatMap(({ words = [] }) => words),
  };
}

export function joinSamples(parts: readonly Float32Array[]): Float32Array {
  const samples = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let filled = 0;
  for (const part of parts) {
    samples.set(part, filled);
    filled += part.length;
  }
  return samples;
}

/** Finite, within −1 to 1, and not silence. */
export function assertAudible(samples: unknown, what: string): asserts samples is Float32Array {
  assert.ok(samples instanceof Float32Array, `${what} is no Float32Array.`);
  const wrong = samples.findIndex((sample) => !(sample >= -1 && sample <= 1));
  assert.ok(wrong < 0, `Sample ${wrong} of ${what} is ${samples[wrong]}.`);
  const level = levelOf(samples);
  assert.ok(level > -60, `${what} is silent: its level is ${level} dBFS.`);
}

/** Root mean square in dB below full scale. */
export function levelOf(samples: Float32Array): number {
  const squares = samples.reduce((sum, sample) => sum + sample * sample, 0);
  return 10 * Math.log10(squares / samples.length);
}

/** A text in pieces of a few characters, as a language model writes it. */
export async function* written(text: string): AsyncGenerator<string> {
  for (let from = 0; from < text.length; from += 7) yield text.slice(from, from + 7);
}
