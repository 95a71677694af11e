import { describe, expect, it } from 'vitest';
import { rotaryTable } from './rotary-table.js';

describe('rotaryTable', () => {
  it('holds cos and sin of p · θ^(−2i/d)', () => {
    const { cos, sin } = rotaryTable({ headDim: 8, theta: 10000 }, 5);
    // θ^(−2i/8) for i = 0..3, worked out by hand.
    const frequencies = [1, 0.1, 0.01, 0.001];
    for (let p = 0; p < 5; p++) {
      for (const [i, frequency] of frequencies.entries()) {
        expect(cos[p * 4 + i]).toBeCloseTo(Math.cos(p * frequency), 6);
        expect(sin[p * 4 + i]).toBeCloseTo(Math.sin(p * frequency), 6);
      }
    }
  });

  it('divides positions by a linear factor and frequencies by given ones', () => {
    const plain = rotaryTable({ headDim: 4, theta: 100 }, 9);
    const linear = rotaryTable({ headDim: 4, theta: 100, scaling: { type: 'linear', factor: 4 } }, 9);
    expect(linear.cos[8 * 2]).toBeCloseTo(plain.cos[2 * 2]!, 6);
    const factors = rotaryTable({ headDim: 4, theta: 100, frequencyFactors: Float32Array.of(1, 2) }, 3);
    expect(factors.sin[2 * 2 + 1]).toBeCloseTo(Math.sin((2 * 0.1) / 2), 6);
    expect(() => rotaryTable({ headDim: 4, theta: 100, frequencyFactors: Float32Array.of(1) }, 3)).toThrow(
      'frequency factors',
    );
  });
});
