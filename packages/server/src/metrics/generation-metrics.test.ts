import { Registry } from 'prom-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { GenerationMetrics } from './generation-metrics.js';
import { parseExposition, sampleValue } from './testing/parse-exposition.js';

const model = 'smollm2';

function newGenerations() {
  let now = 1000;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const registry = new Registry();
  const generations = new GenerationMetrics(registry, [model]);
  return {
    start: () => generations.start(model),
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    read: async (name: string, labels: Record<string, string> = {}) =>
      sampleValue(parseExposition(await registry.metrics()), `ferrum_${name}`, { model, ...labels }),
  };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('GenerationMetrics', () => {
  it('times the first token from the start, and only the first', async () => {
    const { start, pass, read } = newGenerations();
    const meter = start();
    pass(200);
    meter.tokens(1);
    pass(50);
    meter.tokens(1);
    expect(await read('time_to_first_token_seconds_count')).toBe(1);
    expect(await read('time_to_first_token_seconds_sum')).toBeCloseTo(0.2, 9);
    expect(await read('time_to_first_token_seconds_bucket', { le: '0.1' })).toBe(0);
    expect(await read('time_to_first_token_seconds_bucket', { le: '0.25' })).toBe(1);
  });

  it('shares the time since the last chunk among the tokens of this one', async () => {
    const { start, pass, read } = newGenerations();
    const meter = start();
    pass(200);
    meter.tokens(3);
    pass(40);
    meter.tokens(1);
    pass(40);
    meter.tokens(4);
    expect(await read('inter_token_latency_seconds_count')).toBe(5);
    expect(await read('inter_token_latency_seconds_sum')).toBeCloseTo(0.08, 9);
    expect(await read('inter_token_latency_seconds_bucket', { le: '0.01' })).toBe(4);
    expect(await read('inter_token_latency_seconds_bucket', { le: '0.05' })).toBe(5);
  });

  it('counts nothing for a chunk without tokens', async () => {
    const { start, pass, read } = newGenerations();
    const meter = start();
    pass(100);
    meter.tokens(0);
    pass(100);
    meter.tokens(1);
    expect(await read('time_to_first_token_seconds_sum')).toBeCloseTo(0.2, 9);
    expect(await read('inter_token_latency_seconds_count')).toBe(0);
  });

  it('keeps generations at the same time apart', async () => {
    const { start, pass, read } = newGenerations();
    const first = start();
    pass(100);
    const second = start();
    first.tokens(1);
    pass(10);
    second.tokens(1);
    pass(10);
    first.tokens(1);
    expect(await read('time_to_first_token_seconds_sum')).toBeCloseTo(0.11, 9);
    expect(await read('inter_token_latency_seconds_sum')).toBeCloseTo(0.02, 9);
  });
});
