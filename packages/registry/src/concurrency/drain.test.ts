import { describe, expect, it } from 'vitest';
import { drain, requireDrainTimeout } from './drain.js';

describe('drain', () => {
  it.each([0, 10_000, Number.POSITIVE_INFINITY])(
    'ends with the last call, whatever becomes of it, within %d ms',
    async (ms) => {
      const ended: string[] = [];
      const call = Promise.reject(new Error('no')).finally(() => ended.push('call'));
      await drain([Promise.resolve(), call], ms);
      expect(ended).toEqual(['call']);
    },
  );

  it('does not wait for ever', async () => {
    await expect(drain([new Promise(() => {})], 1)).resolves.toBeUndefined();
  });
});

it.each([0, 5000, Number.POSITIVE_INFINITY])('%d ms are a time to wait', (ms) => {
  expect(() => requireDrainTimeout(ms)).not.toThrow();
});

it.each([-1, Number.NaN, '5', null])('%s is none', (ms) => {
  expect(() => requireDrainTimeout(ms)).toThrow(
    expect.objectContaining({ code: 'InvalidParameter', details: { parameter: 'drainTimeoutMs' } }),
  );
});
