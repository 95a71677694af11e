import { readFileSync } from 'node:fs';
import type { VadOptions } from '@ferrum/interfaces';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noise, waveformOf } from '../features/testing/signals.js';
import { mergeSpans } from './merge-spans.js';
import { SpeechTimeMap } from './speech-time-map.js';
import { speechTimestamps } from './speech-timestamps.js';
import { spliceWaveform } from './splice-waveform.js';
import { randomCurve } from './testing/random-curve.js';

/** Made by fixtures/make-spans.py: faster-whisper's results. */
interface Case {
  readonly length: number;
  readonly seed: number;
  readonly longestRun: number;
  readonly options: Readonly<Record<string, number>>;
  readonly spans: readonly (readonly [number, number])[];
  readonly groups?: Readonly<
    Record<string, readonly { readonly offset: number; readonly duration: number; readonly samples: number }[]>
  >;
  /** Time, as a start, as an end, index of its span. */
  readonly times?: readonly (readonly [number, number, number, number])[];
}
const file = new URL('fixtures/spans.json', import.meta.url);
const cases = JSON.parse(readFileSync(file, 'utf8')) as readonly Case[];

const optionNames: Readonly<Record<string, keyof VadOptions>> = {
  threshold: 'threshold',
  neg_threshold: 'negThreshold',
  min_speech_duration_ms: 'minSpeechDurationMs',
  max_speech_duration_s: 'maxSpeechDurationSeconds',
  min_silence_duration_ms: 'minSilenceDurationMs',
  speech_pad_ms: 'speechPadMs',
};
const optionsOf = ({ options }: Case): VadOptions =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [optionNames[name] ?? name, value]));
const spansOf = ({ spans }: Case) => spans.map(([start, end]) => ({ start, end }));
const withSpeech = cases.filter(({ spans }) => spans.length > 0);

describe('speech timestamps', () => {
  it.each(cases)('are those of faster-whisper: $length samples, curve $seed, $options', (expected) => {
    const { length, seed, longestRun } = expected;
    const spans = speechTimestamps(randomCurve(length, seed, longestRun), length, optionsOf(expected));
    expect(spans).toEqual(spansOf(expected));
  });

  it('are in order, apart and within the audio for any curve and options', () => {
    const options = fc.record({
      threshold: fc.double({ min: 0, max: 1, noNaN: true }),
      minSpeechDurationMs: fc.double({ min: 0, max: 3000, noNaN: true }),
      minSilenceDurationMs: fc.double({ min: 0, max: 3000, noNaN: true }),
      speechPadMs: fc.double({ min: 0, max: 800, noNaN: true }),
      maxSpeechDurationSeconds: fc.double({ min: 1.7, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.nat(60_000),
        fc.integer({ min: 1 }),
        fc.integer({ min: 1, max: 40 }),
        options,
        (length, seed, run, vad) => {
          let previousEnd = 0;
          for (const { start, end } of speechTimestamps(randomCurve(length, seed, run), length, vad)) {
            expect(start).toBeGreaterThanOrEqual(previousEnd);
            expect(end).toBeGreaterThan(start);
            expect(end - start).toBeLessThanOrEqual(vad.maxSpeechDurationSeconds * 16000);
            previousEnd = end;
          }
          expect(previousEnd).toBeLessThanOrEqual(length);
        },
      ),
    );
  });

  it('takes probabilities without the window of mere filling', () => {
    const speech = new Float32Array(4).fill(0.9);
    expect(speechTimestamps(speech, 2048)).toEqual([{ start: 0, end: 2048 }]);
    expect(speechTimestamps(new Float32Array(0), 0)).toEqual([]);
  });

  it.each([
    ['threshold', 1.5],
    ['threshold', Number.NaN],
    ['negThreshold', -0.1],
    ['negThreshold', 0.6],
    ['minSpeechDurationMs', -1],
    ['minSilenceDurationMs', Number.POSITIVE_INFINITY],
    ['speechPadMs', -1],
    ['maxSpeechDurationSeconds', 0],
    ['maxSpeechDurationSeconds', 0.8],
    ['maxSpeechDurationSeconds', Number.NaN],
  ])('rejects a %s of %s by name', (name, value) => {
    expect(() => speechTimestamps(new Float32Array(1), 100, { [name]: value })).toThrow(
      expect.objectContaining({ code: 'InvalidParameter', message: expect.stringContaining(name) }),
    );
  });

  it('rejects probabilities that are none or of another audio', () => {
    expect(() => speechTimestamps(new Float32Array(5), 5000)).toThrow(/5 probabilities don't belong to 5000 samples/);
    expect(() => speechTimestamps(Float32Array.of(0, Number.NaN), 600)).toThrow(/Probability 1 .* is NaN/);
    expect(() => speechTimestamps(new Float32Array(1), -1)).toThrow(/length of the audio/);
  });
});

describe('groups of spans', () => {
  it.each(withSpeech)('are those of faster-whisper: curve $seed', (expected) => {
    for (const [longest, groups] of Object.entries(expected.groups ?? {})) {
      const merged = mergeSpans(spansOf(expected), Number(longest));
      expect(merged.map(({ offset, duration }) => ({ offset, duration }))).toEqual(
        groups.map(({ offset, duration }) => ({ offset, duration })),
      );
      expect(merged.map(({ spans }) => spans.reduce((sum, { start, end }) => sum + end - start, 0))).toEqual(
        groups.map(({ samples }) => samples),
      );
      expect(merged.flatMap(({ spans }) => spans)).toEqual(spansOf(expected));
    }
  });

  it('leave a span alone that is longer than a group may be', () => {
    const spans = [
      { start: 0, end: 64_000 },
      { start: 70_000, end: 80_000 },
      { start: 90_000, end: 96_000 },
    ];
    expect(mergeSpans(spans, 1)).toEqual([
      { offset: 0, duration: 4, spans: spans.slice(0, 1) },
      { offset: 4, duration: 1, spans: spans.slice(1) },
    ]);
    expect(mergeSpans([], 30)).toEqual([]);
    expect(mergeSpans(spans, Number.POSITIVE_INFINITY)).toHaveLength(1);
  });

  it('need spans in order and a duration', () => {
    const crossed = [
      { start: 0, end: 10 },
      { start: 9, end: 20 },
    ];
    expect(() => mergeSpans(crossed, 30)).toThrow(/Span 1 of the speech is from 9 to 20/);
    expect(() => mergeSpans([{ start: 0.5, end: 1 }], 30)).toThrow(/Span 0/);
    for (const duration of [0, -1, Number.NaN]) expect(() => mergeSpans([], duration)).toThrow(/maxDurationSeconds/);
  });
});

describe('times of spliced audio', () => {
  it.each(withSpeech)('become those of faster-whisper in the original: curve $seed', (expected) => {
    const map = new SpeechTimeMap(spansOf(expected));
    for (const [time, start, end, index] of expected.times ?? []) {
      expect(map.originalTime(time)).toBe(start);
      expect(map.originalTime(time, { isEnd: true })).toBe(end);
      expect(map.spanIndex(time)).toBe(index);
      expect(map.originalTime(time, { spanIndex: index })).toBe(start);
    }
  });

  it('are refused where there is no span or no time', () => {
    expect(() => new SpeechTimeMap([]).originalTime(0)).toThrow(/there are 0 spans/);
    const map = new SpeechTimeMap([{ start: 5, end: 10 }]);
    expect(() => map.originalTime(0, { spanIndex: 1 })).toThrow(/in span 1/);
    expect(() => map.originalTime(Number.NaN)).toThrow(/NaN/);
  });
});

describe('a spliced waveform', () => {
  const samples = noise(3000, 1);
  const spans = [
    { start: 10, end: 500 },
    { start: 500, end: 500 },
    { start: 900, end: 901 },
    { start: 2000, end: 3000 },
  ];
  const spliced = spliceWaveform(waveformOf(samples), spans);
  const joined = Float32Array.from(spans.flatMap(({ start, end }) => [...samples.subarray(start, end)]));

  it('reads as its spans one after the other, and as silence outside', () => {
    expect(spliced).toMatchObject({ sampleRate: 16000, length: joined.length, duration: joined.length / 16000 });
    fc.assert(
      fc.property(fc.integer({ min: -50, max: 1600 }), fc.nat(1700), fc.boolean(), (start, length, isGiven) => {
        const into = isGiven ? new Float32Array(length).fill(7) : undefined;
        const read = spliced.read(start, start + length, into);
        if (into !== undefined) expect(read).toBe(into);
        const expected = new Float32Array(length).map((_, index) => joined[start + index] ?? 0);
        expect(read).toEqual(expected);
      }),
    );
  });

  it('is empty without spans, and refuses spans beyond the audio', () => {
    const empty = spliceWaveform(waveformOf(samples), []);
    expect(empty.length).toBe(0);
    expect(empty.read(-1, 2)).toEqual(new Float32Array(3));
    expect(() => spliceWaveform(waveformOf(samples), [{ start: 0, end: 3001 }])).toThrow(/ends at sample 3001/);
  });
});
