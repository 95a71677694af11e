import { integratedLoudness } from '@ferrum/audio';
import type { SpeechChunk } from '@ferrum/interfaces';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { largestSeamStep, seamPercentile } from '../testing/seams.js';
import { joined } from '../testing/spoken.js';
import type { Utterance } from '../voices/speech-model.js';
import { SpeechTrack, type TrackOptions } from './speech-track.js';
import type { SpeechUnit } from './speech-unit.js';

const sampleRate = 8000;
const frameSamples = 64;
const model = { sampleRate, frameSamples, leadingIds: 1 };

/** Ids of 20 frames each, loud from end to end: joined as they are they would click. */
function utterance(ids: number, phase = 0, amplitude = 0.4): Utterance {
  const durations = new Float32Array(ids + 2).fill(20);
  const length = (ids + 2) * 20 * frameSamples;
  const samples = Float32Array.from({ length }, (_, at) => amplitude * Math.cos(0.3 * at + phase));
  return { samples, durations };
}

function unit(words: readonly string[], pause = 0.2, warnings: readonly string[] = []): SpeechUnit {
  const ids = words.map((_, index) => index + 4);
  return { ids, pause, warnings, words: words.map((word, index) => ({ word, first: index, end: index + 1 })) };
}

const sentence = ['one', 'two', 'three', 'four', 'five'];

function track(
  options: Partial<TrackOptions>,
  units: readonly SpeechUnit[],
  said = units.map(({ ids }, index) => utterance(ids.length, index)),
) {
  const made = new SpeechTrack(model, { wordTimestamps: true, ...options });
  const chunks: SpeechChunk[] = [];
  for (const [index, one] of units.entries()) chunks.push(...made.add(one, said[index] as Utterance));
  chunks.push(...made.end());
  return { chunks, samples: joined(chunks.map(({ samples }) => samples)) };
}

describe('seams', () => {
  it.each([undefined, 1, 7])('make no click, in chunks of %s frames', (chunkFrames) => {
    const { samples } = track({ chunkFrames }, [unit(sentence, 0), unit(sentence, 0.1), unit(sentence)]);
    const ends = [1, 2].map((index) => Math.round(index * 7 * 20 * frameSamples + (index - 1) * 0.1 * sampleRate));
    expect(largestSeamStep(samples, ends, 10)).toBeLessThanOrEqual(seamPercentile(samples));
  });

  it('are as long as the pause, and none follows the last', () => {
    const { samples } = track({}, [unit(sentence, 0.25), unit(sentence, 3)]);
    const length = 7 * 20 * frameSamples;
    expect(samples).toHaveLength(2 * length + 0.25 * sampleRate);
    expect(samples.subarray(length, length + 0.25 * sampleRate).every((value) => value === 0)).toBe(true);
  });
});

describe('chunks', () => {
  it.each([1, 3, 50, 10_000])('have %i frames, but the last', (chunkFrames) => {
    const { chunks, samples } = track({ chunkFrames }, [unit(sentence), unit(sentence), unit(sentence)]);
    expect(chunks.slice(0, -1).every((chunk) => chunk.samples.length === chunkFrames * frameSamples)).toBe(true);
    expect(chunks.at(-1)?.samples.length).toBeGreaterThan(0);
    expect(samples).toEqual(track({}, [unit(sentence), unit(sentence), unit(sentence)]).samples);
  });

  it('are one for each unit, unless they are counted', () => {
    expect(track({}, [unit(sentence), unit(['six'])]).chunks).toHaveLength(2);
  });

  it('hold the words that start in them, each once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 5 }), (chunkFrames, count) => {
        const { chunks } = track(
          { chunkFrames },
          Array.from({ length: count }, () => unit(sentence)),
        );
        let from = 0;
        for (const [index, { samples, words = [] }] of chunks.entries()) {
          const until = from + samples.length / sampleRate;
          for (const { start } of words) {
            expect(start).toBeGreaterThanOrEqual(from - 1e-9);
            if (index < chunks.length - 1) expect(start).toBeLessThan(until);
          }
          from = until;
        }
        expect(chunks.flatMap(({ words = [] }) => words.map(({ word }) => word))).toEqual(
          Array.from({ length: count }, () => sentence).flat(),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('have no words unless they are asked for', () => {
    expect(track({ wordTimestamps: false }, [unit(sentence)]).chunks.every((chunk) => !('words' in chunk))).toBe(true);
  });

  it('come before what does not fill one', () => {
    const made = new SpeechTrack(model, { wordTimestamps: false, chunkFrames: 1000 });
    expect(made.add(unit(sentence), utterance(5))).toEqual([]);
    expect(made.length).toBe(7 * 20 * frameSamples);
    expect(made.end().map(({ samples }) => samples.length)).toEqual([7 * 20 * frameSamples]);
    expect(made.end()).toEqual([]);
  });
});

describe('times of words', () => {
  it('follow from the frames of their ids', () => {
    const [first] = track({}, [unit(sentence)]).chunks;
    const frame = frameSamples / sampleRate;
    expect(first?.words?.map(({ word }) => word)).toEqual(sentence);
    for (const [index, { start, end }] of (first?.words ?? []).entries()) {
      expect(start).toBeCloseTo((index + 1) * 20 * frame, 9);
      expect(end).toBeCloseTo((index + 2) * 20 * frame, 9);
    }
  });

  it('leave out the silence that was cut off, and count what came before', () => {
    const silent = utterance(5);
    // The first id and most of the second are not heard.
    silent.samples.fill(0, 0, 36 * frameSamples);
    const { chunks } = track({}, [unit(sentence, 0.5), unit(sentence)], [utterance(5), silent]);
    const before = (7 * 20 * frameSamples) / sampleRate + 0.5;
    const [word] = chunks[1]?.words ?? [];
    const [, next] = chunks[1]?.words ?? [];
    // 30 ms of the silence are left.
    expect(word?.start).toBeCloseTo(before, 9);
    expect(Math.abs((next?.start ?? 0) - (before + (4 * frameSamples) / sampleRate + 0.03))).toBeLessThan(0.006);
  });

  it('of a word that is not heard at the end are kept', () => {
    const silent = utterance(5);
    silent.samples.fill(0, 3 * 20 * frameSamples);
    const { chunks } = track({}, [unit(sentence)], [silent]);
    const words = chunks.flatMap(({ words: own = [] }) => own);
    expect(words.map(({ word }) => word)).toEqual(sentence);
    const seconds = chunks.reduce((sum, { samples }) => sum + samples.length, 0) / sampleRate;
    expect(words.every(({ start, end }) => start <= end && end <= seconds)).toBe(true);
  });
});

describe('loudness', () => {
  it.each([-16, -23, -30])('is %i LUFS within 1 LU, whatever the level of the units', (loudness) => {
    const units = Array.from({ length: 12 }, () => unit(sentence));
    const said = units.map((_, index) => utterance(5, index, index % 2 === 0 ? 0.1 : 0.3));
    const { samples } = track({ loudness }, units, said);
    expect(Math.abs(integratedLoudness(samples, sampleRate) - loudness)).toBeLessThan(1);
  });

  it('does not change how much is said', () => {
    const units = [unit(sentence), unit(sentence)];
    expect(track({ loudness: -20 }, units).samples).toHaveLength(track({}, units).samples.length);
  });
});

describe('warnings', () => {
  it('come with the chunk that they are about, each once', () => {
    const { chunks } = track({}, [
      unit(sentence, 0, ['a', 'b']),
      unit(sentence, 0, ['b', 'c']),
      unit(sentence, 0, ['a']),
    ]);
    expect(chunks.map(({ warnings }) => warnings)).toEqual([['a', 'b'], ['c'], undefined]);
  });
});
