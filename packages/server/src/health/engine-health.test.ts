import type { HealthStatus, LlmInferenceEngine } from '@ferrum/interfaces';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AdapterShelf } from '../models/adapter-shelf.js';
import type { OpenModel } from '../models/model-directory.js';
import { fakeLanguageModel } from '../testing/fake-language-model.js';
import { HealthMonitor } from './engine-health.js';

const healthy: HealthStatus = { status: 'healthy', componentStatus: {}, lastCheck: new Date(0) };

function openModel(overrides: Partial<LlmInferenceEngine>): OpenModel {
  const engine: LlmInferenceEngine = { ...fakeLanguageModel().engine, ...overrides };
  const entry = {
    id: 'model',
    aliases: [],
    model: 'model',
    options: {},
    created: 0,
    preload: false,
    voices: {},
    adapters: new AdapterShelf('m', {}),
    capabilities: ['text-generation' as const],
  };
  return { entry, capability: 'text-generation', engine };
}

/** What the monitor says after so many ms, and how many of them it took to say it. */
async function readAfter(milliseconds: number, monitor: HealthMonitor, model: OpenModel) {
  await vi.advanceTimersByTimeAsync(milliseconds);
  const startedAt = performance.now();
  const reading = monitor.of(model);
  let tookMs = -1;
  const done = reading.then(() => {
    tookMs = performance.now() - startedAt;
  });
  for (let waited = 0; tookMs < 0 && waited < 1000; waited += 1)
    await vi.advanceTimersByTimeAsync(waited === 0 ? 0 : 1);
  await done;
  return { ...(await reading), tookMs };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('HealthMonitor', () => {
  it('asks an engine at most once a second', async () => {
    const healthCheck = vi.fn(async () => healthy);
    const [monitor, model] = [new HealthMonitor(), openModel({ healthCheck })];
    const expected = { state: 'healthy', activeRequests: 0, queuedRequests: 0, tookMs: 0 };
    expect(await readAfter(0, monitor, model)).toEqual(expected);
    expect(await readAfter(999, monitor, model)).toEqual(expected);
    expect(healthCheck).toHaveBeenCalledTimes(1);
    await readAfter(1, monitor, model);
    expect(healthCheck).toHaveBeenCalledTimes(2);
  });

  it('asks once for many who ask at a time', async () => {
    const healthCheck = vi.fn(async () => healthy);
    const [monitor, model] = [new HealthMonitor(), openModel({ healthCheck })];
    await Promise.all(Array.from({ length: 20 }, () => monitor.of(model)));
    expect(healthCheck).toHaveBeenCalledTimes(1);
  });

  it('calls an engine unhealthy that fails to say how it is', async () => {
    const failing = async () => {
      throw new Error('no');
    };
    const monitor = new HealthMonitor();
    expect((await readAfter(0, monitor, openModel({ healthCheck: failing }))).state).toBe('unhealthy');
    const withoutStatus = await readAfter(0, monitor, openModel({ status: failing }));
    expect(withoutStatus).toEqual({ state: 'healthy', tookMs: 0 });
  });

  it('takes an engine back that is well again', async () => {
    let status: HealthStatus['status'] = 'unhealthy';
    const [monitor, model] = [new HealthMonitor(), openModel({ healthCheck: async () => ({ ...healthy, status }) })];
    expect((await readAfter(0, monitor, model)).state).toBe('unhealthy');
    status = 'healthy';
    expect((await readAfter(1000, monitor, model)).state).toBe('healthy');
  });

  it('waits a moment for an engine, then tells what it last said, and warns of it after 10 s', async () => {
    let hangs = false;
    const healthCheck = vi.fn(() => (hangs ? new Promise<never>(() => {}) : Promise.resolve(healthy)));
    const [monitor, model] = [new HealthMonitor(), openModel({ healthCheck })];
    await readAfter(0, monitor, model);
    hangs = true;
    expect(await readAfter(2000, monitor, model)).toMatchObject({ state: 'healthy', activeRequests: 0, tookMs: 25 });
    for (let round = 0; round < 9; round += 1) {
      expect(await readAfter(1000, monitor, model)).toMatchObject({ state: 'healthy', tookMs: 0 });
    }
    expect(await readAfter(1000, monitor, model)).toMatchObject({ state: 'warning', tookMs: 0 });
    expect(healthCheck).toHaveBeenCalledTimes(2);
  });

  it('takes a late answer', async () => {
    const healthCheck = () =>
      new Promise<HealthStatus>((resolve) => setTimeout(() => resolve({ ...healthy, status: 'warning' }), 300));
    const [monitor, model] = [new HealthMonitor(), openModel({ healthCheck })];
    expect(await readAfter(0, monitor, model)).toEqual({ state: 'healthy', tookMs: 25 });
    expect(await readAfter(300, monitor, model)).toMatchObject({ state: 'warning', tookMs: 0 });
  });
});
