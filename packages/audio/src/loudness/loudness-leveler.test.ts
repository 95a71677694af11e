import { integratedLoudness, LoudnessLeveler } from '@ferrum/audio';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const sampleRate = 22_050;
const peak = 10 ** (-1 / 20);

/** Something like speech: a buzz whose loudness swells and fades four times a second. */
function voice(seconds: number, level: number): Float32Array {
  return Float32Array.from({ length: Math.round(seconds * sampleRate) }, (_, index) => {
    const time = index / sampleRate;
    const buzz = [1, 2, 3, 5, 8, 13].reduce((sum, n) => sum + Math.sin(2 * Math.PI * 130 * n * time) / n, 0);
    return level * Math.sin(Math.PI * 4 * time) ** 2 * (buzz / 2.5);
  });
}

function levelled(stretches: readonly Float32Array[], target: number): Float32Array[] {
  const leveler = new LoudnessLeveler({ sampleRate, target });
  return stretches.map((stretch) => leveler.level(stretch));
}

function joined(stretches: readonly Float32Array[]): Float32Array {
  return Float32Array.from(stretches.flatMap((stretch) => [...stretch]));
}

function highest(samples: Float32Array): number {
  return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
}

describe('a loudness leveler', () => {
  it.each([-30, -23, -18])('brings quiet and loud clauses together to %s LUFS', (target) => {
    for (const level of [0.02, 0.1, 0.9]) {
      const clauses = [2, 1.3, 0.7, 3, 2.2, 1].map((seconds, index) => voice(seconds, level * (1 + 0.1 * (index % 3))));
      const result = joined(levelled(clauses, target));
      expect(Math.abs(integratedLoudness(result, sampleRate) - target)).toBeLessThan(0.5);
      expect(highest(result)).toBeLessThanOrEqual(peak);
    }
  });

  it('settles: what differs from the rest is levelled less and less', () => {
    const clauses = Array.from({ length: 20 }, (_, index) => voice(1, index % 2 === 0 ? 0.2 : 0.05));
    const result = levelled(clauses, -23);
    const gains = clauses.map((clause, index) => highest(result[index] ?? clause) / highest(clause));
    const [before = 0, last = 0] = gains.slice(-2);
    expect(Math.abs(20 * Math.log10(last / before))).toBeLessThan(0.5);
    expect(Math.abs(integratedLoudness(joined(result).subarray(10 * sampleRate), sampleRate) + 23)).toBeLessThan(1);
  });

  it('never goes beyond the peak, however loud the target is and wherever the stretches begin', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 3000 }), fc.float({ min: 0, max: 3, noNaN: true })), {
          maxLength: 8,
        }),
        fc.integer({ min: -40, max: -5 }),
        (shapes, target) => {
          const stretches = shapes.map(([length, level]) =>
            new Float32Array(length).map((_, i) => level * Math.cos(i / 9)),
          );
          const result = levelled(stretches, target);
          result.forEach((stretch, index) => void expect(stretch).toHaveLength(stretches[index]?.length ?? 0));
          expect(highest(joined(result))).toBeLessThanOrEqual(peak);
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  it('changes its gain without a step at the seams', () => {
    const tone = voice(2, 0.3);
    const quiet = voice(2, 0.02);
    const leveler = new LoudnessLeveler({ sampleRate, target: -23 });
    const gains: number[] = [];
    for (const stretch of [tone, quiet, quiet, tone, tone, quiet]) {
      const result = leveler.level(stretch);
      for (let index = 0; index < stretch.length; index++) {
        const sample = stretch[index] ?? 0;
        gains.push(Math.abs(sample) > 1e-3 ? (result[index] ?? 0) / sample : Number.NaN);
      }
    }
    // In dB for each sample; over pauses, where it cannot be seen, it is left out.
    const largest = gains.slice(1).reduce((most, gain, index) => {
      const step = Math.abs(20 * Math.log10(gain / (gains[index] ?? gain)));
      return Number.isNaN(step) ? most : Math.max(step, most);
    }, 0);
    expect(largest).toBeGreaterThan(0);
    expect(largest).toBeLessThan(0.1);
  });

  it('levels stretches that are shorter than a block of the measurement', () => {
    const [first = new Float32Array(0)] = levelled([voice(0.25, 0.02)], -23);
    expect(highest(first)).toBeGreaterThan(2 * 0.02);
    const words = Array.from({ length: 40 }, () => voice(0.25, 0.02));
    expect(Math.abs(integratedLoudness(joined(levelled(words, -23)), sampleRate) + 23)).toBeLessThan(0.5);
  });

  it('leaves silence silent, also ahead of the first word, and does not raise noise without end', () => {
    const silence = new Float32Array(sampleRate);
    const [before, speech, after] = levelled([silence, voice(1, 0.05), silence], -16);
    expect(before).toEqual(silence);
    expect(after).toEqual(silence);
    expect(highest(speech ?? silence)).toBeGreaterThan(0.1);
    const murmur = voice(1, 0.003);
    const [raised = silence] = levelled([murmur], -5);
    expect(highest(raised)).toBeCloseTo(100 * highest(murmur), 3);
  });

  it('gives a new array, of any length, and leaves the given one alone', () => {
    const given = voice(1, 0.5);
    const copy = given.slice();
    const [result] = levelled([given], -23);
    expect(result).not.toBe(given);
    expect(given).toEqual(copy);
    expect(levelled([new Float32Array(0)], -23)).toEqual([new Float32Array(0)]);
  });

  it('refuses numbers out of range and samples that are none', () => {
    for (const target of [-70, -4.9, Number.NaN]) {
      expect(() => new LoudnessLeveler({ sampleRate, target })).toThrow('target must be a number above -70');
    }
    expect(() => new LoudnessLeveler({ sampleRate, target: -16, peak: 0.1 })).toThrow('peak');
    expect(() => new LoudnessLeveler({ sampleRate: 0, target: -16 })).toThrow('sampleRate');
    const leveler = new LoudnessLeveler({ sampleRate, target: -16 });
    expect(() => leveler.level(Float32Array.of(Number.POSITIVE_INFINITY))).toThrow('Sample 0');
  });
});
