import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faded, speechRange } from './trim-silence.js';

const sampleRate = 8000;

/** A tone of this amplitude between silences, in samples. */
function tone(before: number, length: number, after: number, amplitude = 0.3, hiss = 0): Float32Array {
  return Float32Array.from({ length: before + length + after }, (_, at) => {
    const isSpeech = at >= before && at < before + length;
    return isSpeech ? amplitude * Math.sin(0.6 * at) : hiss * Math.sin(2.9 * at);
  });
}

describe('where speech is', () => {
  it('with 30 ms before it and 60 ms after, to 5 ms', () => {
    const { start, end } = speechRange(tone(2000, 4000, 3000), sampleRate);
    expect(Math.abs(2000 - 240 - start)).toBeLessThanOrEqual(40);
    expect(Math.abs(6000 + 480 - end)).toBeLessThanOrEqual(40);
  });

  it('is not where a voice hisses 50 dB below it', () => {
    const { start, end } = speechRange(tone(2000, 4000, 3000, 0.3, 0.3 * 10 ** (-50 / 20)), sampleRate);
    expect(start).toBeGreaterThan(1600);
    expect(end).toBeLessThan(6600);
  });

  it('is also where a consonant is 40 dB softer', () => {
    const samples = tone(2000, 4000, 3000);
    samples.set(tone(0, 800, 0, 0.3 * 10 ** (-40 / 20)), 1200);
    expect(speechRange(samples, sampleRate).start).toBeLessThan(1000);
  });

  it('is all where nothing is to be heard', () => {
    expect(speechRange(new Float32Array(500), sampleRate)).toEqual({ start: 0, end: 500 });
    expect(speechRange(new Float32Array(500).fill(1e-4), sampleRate)).toEqual({ start: 0, end: 500 });
    expect(speechRange(new Float32Array(0), sampleRate)).toEqual({ start: 0, end: 0 });
  });

  it('never lies outside the samples, and holds all of a sound', () => {
    fc.assert(
      fc.property(fc.nat(900), fc.integer({ min: 40, max: 900 }), fc.nat(900), (before, length, after) => {
        const { start, end } = speechRange(tone(before, length, after), sampleRate);
        expect(start).toBeGreaterThanOrEqual(0);
        expect(end).toBeLessThanOrEqual(before + length + after);
        expect(start).toBeLessThanOrEqual(before);
        expect(end).toBeGreaterThanOrEqual(before + length);
      }),
    );
  });
});

describe('fading', () => {
  it('rises from 0 and falls to 0 within 10 ms, and leaves the rest and the given samples alone', () => {
    const samples = new Float32Array(1000).fill(0.5);
    const result = faded(samples, { start: 100, end: 900 }, sampleRate);
    expect(result).toHaveLength(800);
    expect(result[0]).toBe(0);
    expect(result.at(-1)).toBe(0);
    expect([...result.subarray(80, 720)].every((value) => value === 0.5)).toBe(true);
    const edge = [...result.subarray(0, 80)];
    expect(edge).toEqual(edge.toSorted((a, b) => a - b));
    expect([...result.subarray(720)].toReversed()).toEqual(edge);
    expect(samples.every((value) => value === 0.5)).toBe(true);
  });

  it.each([0, 1, 2, 3, 10])('works on %i samples', (length) => {
    expect(faded(new Float32Array(length).fill(1), { start: 0, end: length }, sampleRate)).toHaveLength(length);
  });
});
