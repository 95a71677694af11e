import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Utterance, UtteranceFinder } from './utterance-finder.js';

const window = 512;
/** So many windows of each probability. */
const curve = (...parts: readonly (readonly [windows: number, probability: number])[]) =>
  Float32Array.from(parts.flatMap(([windows, probability]) => Array<number>(windows).fill(probability)));

const halfSecond = { minSilenceDurationMs: 500 };

describe('the utterance finder', () => {
  it('finds speech between silences, with padding that does not reach into the one before', () => {
    const finder = new UtteranceFinder(halfSecond);
    const over = finder.add(curve([100, 0], [50, 0.9], [40, 0.1], [20, 0.9], [40, 0]));
    expect(over).toEqual([
      { start: 100 * window - 6400, end: 150 * window + 6400 },
      // 40 windows are 20,480 samples.
      { start: 190 * window - 6400, end: 210 * window + 6400 },
    ]);
    expect(finder.start).toBeUndefined();
    const close = new UtteranceFinder({ speechPadMs: 400, minSilenceDurationMs: 64 });
    const [first, second] = close.add(curve([10, 1], [3, 0], [10, 1], [3, 0]));
    expect(first?.end).toBe(12 * window);
    expect(second?.start).toBe(first?.end);
  });

  it('says where the utterance under way starts, and ends it with the audio', () => {
    const finder = new UtteranceFinder({ ...halfSecond, speechPadMs: 32 });
    expect(finder.add(curve([3, 0], [5, 1]))).toEqual([]);
    expect(finder.start).toBe(2 * window);
    expect(finder.keptFrom).toBe(2 * window);
    expect(finder.finish(8 * window - 100)).toEqual({ start: 2 * window, end: 8 * window - 100 });
    expect(finder.finish(8 * window - 100)).toBeUndefined();
  });

  it('shows nothing of speech so short that it may still be dropped', () => {
    const finder = new UtteranceFinder({ ...halfSecond, minSpeechDurationMs: 320 });
    expect(finder.add(curve([5, 1], [20, 0], [10, 1]))).toEqual([]);
    expect(finder.start).toBeUndefined();
    finder.add(curve([1, 1]));
    expect(finder.start).toBeDefined();
    expect(finder.add(curve([20, 0]))).toHaveLength(1);
  });

  it('divides long speech where it is least likely speech', () => {
    const finder = new UtteranceFinder({ ...halfSecond, maxSpeechDurationSeconds: 10, speechPadMs: 0 });
    const over = finder.add(curve([220, 1], [3, 0.4], [300, 1]));
    expect(over).toEqual([{ start: 0, end: 222 * window }]);
    expect(finder.finish(523 * window)).toEqual({ start: 222 * window, end: 523 * window });
  });

  it('goes on behind the cut when speech was divided in a silence', () => {
    const finder = new UtteranceFinder({ maxSpeechDurationSeconds: 10, minSilenceDurationMs: 2000, speechPadMs: 1000 });
    // Padding ends before the cut; that of the next speech would reach behind it.
    const [first, ...more] = finder.add(curve([270, 1], [64, 0], [20, 1], [80, 0]));
    expect(first?.end).toBeGreaterThan(290 * window);
    expect(more).toHaveLength(1);
    expect(more[0]?.start).toBeGreaterThanOrEqual(first?.end ?? Number.NaN);
  });

  it('gives utterances in order, apart from each other, of audio that is still kept, however it comes', () => {
    const probability = fc.oneof(fc.constantFrom(0, 1, 0.4), fc.double({ min: 0, max: 1, noNaN: true }));
    const runs = fc.array(fc.tuple(fc.integer({ min: 1, max: 120 }), probability), { maxLength: 30 });
    const options = fc.record({
      minSilenceDurationMs: fc.integer({ min: 0, max: 3000 }),
      minSpeechDurationMs: fc.constantFrom(0, 250, 1000),
      speechPadMs: fc.constantFrom(0, 30, 400, 1000),
      maxSpeechDurationSeconds: fc.constantFrom(2.5, 5, 28),
    });
    fc.assert(
      fc.property(runs, options, fc.integer({ min: 1, max: 40 }), (parts, settings, step) => {
        const probabilities = curve(...parts);
        const whole = new UtteranceFinder(settings);
        const finder = new UtteranceFinder(settings);
        const found: Utterance[] = [];
        let kept = 0;
        let shown: number | undefined;
        for (let at = 0; at < probabilities.length; at += step) {
          const over = finder.add(probabilities.subarray(at, at + step));
          // What was shown comes to an end in its turn.
          if (shown !== undefined && over.length > 0) expect(over[0]?.start).toBe(shown);
          for (const { start } of over) expect(start).toBeGreaterThanOrEqual(kept);
          expect(finder.keptFrom).toBeGreaterThanOrEqual(kept);
          kept = finder.keptFrom;
          if (shown !== undefined && over.length === 0) expect(finder.start).toBe(shown);
          shown = finder.start;
          found.push(...over);
        }
        const length = probabilities.length * window;
        const last = finder.finish(length);
        if (last) found.push(last);
        let end = 0;
        for (const utterance of found) {
          expect(utterance.start).toBeGreaterThanOrEqual(end);
          expect(utterance.end).toBeGreaterThan(utterance.start);
          expect(utterance.end - utterance.start).toBeLessThanOrEqual(
            settings.maxSpeechDurationSeconds * 16000 + window,
          );
          end = utterance.end;
        }
        expect(end).toBeLessThanOrEqual(length);
        const both = [...whole.add(probabilities), whole.finish(length)].filter((one) => one !== undefined);
        expect(found).toEqual(both);
      }),
      { numRuns: 300 },
    );
  });
});
