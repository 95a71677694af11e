import type { CacheMetricsSnapshot, LlmInferenceEngine } from '@ferrum/interfaces';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FakeEngines } from '../testing/fake-host.js';
import { fakeLanguageModel } from '../testing/fake-language-model.js';
import { EngineMetrics } from './engine-metrics.js';
import { measuredParts } from './testing/measured-parts.js';
import { parseExposition, sampleValue } from './testing/parse-exposition.js';

const model = 'text-generation';
const labels = { model, capability: model };

const cache: CacheMetricsSnapshot = {
  position: 'real-kv-reuse',
  source: 'fake',
  enabled: true,
  hits: 5,
  misses: 3,
  evictions: 2,
  savedPrefillTokens: 96,
  cachedTokens: 64,
  entries: 4,
  bytes: 4096,
  blockSize: 16,
  kvDtype: 'float32',
};

function languageModel(overrides: Partial<LlmInferenceEngine> = {}): FakeEngines {
  return { 'text-generation': { ...fakeLanguageModel().engine, ...overrides } };
}

async function newEngines(engines: FakeEngines, options?: Parameters<typeof measuredParts>[1]) {
  const { models } = await measuredParts(engines, options);
  const registry = new Registry();
  const metrics = new EngineMetrics(registry, models);
  return {
    models,
    scrape: async () => {
      await metrics.refresh();
      return parseExposition(await registry.metrics());
    },
  };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('EngineMetrics', () => {
  it('reads what open engines say of themselves', async () => {
    const { models, scrape } = await newEngines(languageModel({ cacheMetricsSnapshot: () => cache }));
    await models.lease('text-generation', model);
    const exposition = await scrape();
    const value = (name: string, with_: Record<string, string>) => sampleValue(exposition, `ferrum_${name}`, with_);
    expect(value('engine_open', labels)).toBe(1);
    expect(value('engine_active_requests', labels)).toBe(0);
    expect(value('engine_queued_requests', labels)).toBe(0);
    expect(value('engine_requests_total', { ...labels, outcome: 'success' })).toBe(2);
    expect(value('engine_requests_total', { ...labels, outcome: 'failure' })).toBe(1);
    expect(value('engine_cache_memory_bytes', { model })).toBe(5);
    expect(value('prefix_cache_hits_total', { model })).toBe(5);
    expect(value('prefix_cache_misses_total', { model })).toBe(3);
    expect(value('prefix_cache_evictions_total', { model })).toBe(2);
    expect(value('prefix_cache_saved_tokens_total', { model })).toBe(96);
    expect(value('prefix_cache_entries', { model })).toBe(4);
    expect(value('prefix_cache_bytes', { model })).toBe(4096);
  });

  it('does not add up over scrapes', async () => {
    const { models, scrape } = await newEngines(languageModel());
    await models.lease('text-generation', model);
    await scrape();
    expect(sampleValue(await scrape(), 'ferrum_engine_requests_total', { ...labels, outcome: 'success' })).toBe(2);
  });

  it('says nothing of engines that are closed, but that they are', async () => {
    const { models, scrape } = await newEngines(languageModel(), { idleTimeoutMs: 1 });
    const before = await scrape();
    expect(sampleValue(before, 'ferrum_engine_open', labels)).toBe(0);
    expect(before.get('ferrum_engine_active_requests')?.samples.size).toBe(0);
    const lease = await models.lease('text-generation', model);
    expect(sampleValue(await scrape(), 'ferrum_engine_active_requests', labels)).toBe(0);
    await lease.release();
    await vi.waitFor(() => expect(models.openModels()).toEqual([]));
    const after = await scrape();
    expect(sampleValue(after, 'ferrum_engine_open', labels)).toBe(0);
    expect(after.get('ferrum_engine_active_requests')?.samples.size).toBe(0);
    expect(after.get('ferrum_engine_requests_total')?.samples.size).toBe(0);
  });

  it('has no prefix cache where the engine has none', async () => {
    const { models, scrape } = await newEngines(languageModel({ cacheMetricsSnapshot: () => null }));
    await models.lease('text-generation', model);
    expect((await scrape()).get('ferrum_prefix_cache_hits_total')?.samples.size).toBe(0);
  });

  const throws = (): never => {
    throw new Error('no');
  };
  it.each<[string, Partial<LlmInferenceEngine>]>([
    ['whose status rejects', { status: async () => throws() }],
    ['whose status throws', { status: throws }],
    ['whose counts throw', { metrics: throws }],
    ['whose cache throws', { cacheMetricsSnapshot: throws }],
    ['whose status is nonsense', { status: async () => ({}) as Awaited<ReturnType<LlmInferenceEngine['status']>> }],
  ])('leaves out an engine %s', async (_, overrides) => {
    const { models, scrape } = await newEngines(languageModel(overrides));
    await models.lease('text-generation', model);
    const exposition = await scrape();
    expect(sampleValue(exposition, 'ferrum_engine_open', labels)).toBe(1);
    expect(exposition.get('ferrum_engine_active_requests')?.samples.size).toBe(0);
    expect(exposition.get('ferrum_engine_requests_total')?.samples.size).toBe(0);
  });

  it('leaves out single values that are no numbers', async () => {
    const { models, scrape } = await newEngines(
      languageModel({ cacheMetricsSnapshot: () => ({ ...cache, hits: Number.NaN, misses: -1 }) }),
    );
    await models.lease('text-generation', model);
    const exposition = await scrape();
    expect(exposition.get('ferrum_prefix_cache_hits_total')?.samples.size).toBe(0);
    expect(exposition.get('ferrum_prefix_cache_misses_total')?.samples.size).toBe(0);
    expect(sampleValue(exposition, 'ferrum_prefix_cache_entries', { model })).toBe(4);
  });

  it('does not wait for an engine that hangs, nor asks it again', async () => {
    const status = vi.fn(() => new Promise<never>(() => {}));
    const { models, scrape } = await newEngines(languageModel({ status }));
    await models.lease('text-generation', model);
    vi.useFakeTimers();
    for (let round = 0; round < 3; round += 1) {
      const scraped = scrape();
      await vi.advanceTimersByTimeAsync(1000);
      expect((await scraped).get('ferrum_engine_active_requests')?.samples.size).toBe(0);
    }
    expect(status).toHaveBeenCalledTimes(1);
  });
});
