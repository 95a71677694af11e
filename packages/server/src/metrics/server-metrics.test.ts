import { describe, expect, it } from 'vitest';
import { fakeLanguageModel } from '../testing/fake-language-model.js';
import { testServer } from '../testing/test-server.js';
import { ServerMetrics } from './server-metrics.js';
import { measuredParts } from './testing/measured-parts.js';
import { parseExposition, sampleValue } from './testing/parse-exposition.js';

const agreed: Readonly<Record<string, string>> = {
  ferrum_http_requests_total: 'counter',
  ferrum_http_request_duration_seconds: 'histogram',
  ferrum_http_requests_in_flight: 'gauge',
  ferrum_time_to_first_token_seconds: 'histogram',
  ferrum_inter_token_latency_seconds: 'histogram',
  ferrum_prompt_tokens_total: 'counter',
  ferrum_completion_tokens_total: 'counter',
  ferrum_cached_prompt_tokens_total: 'counter',
  ferrum_audio_input_seconds_total: 'counter',
  ferrum_audio_output_seconds_total: 'counter',
  ferrum_engine_open: 'gauge',
  ferrum_engine_active_requests: 'gauge',
  ferrum_engine_queued_requests: 'gauge',
  ferrum_engine_requests_total: 'counter',
  ferrum_engine_cache_memory_bytes: 'gauge',
  ferrum_prefix_cache_hits_total: 'counter',
  ferrum_prefix_cache_misses_total: 'counter',
  ferrum_prefix_cache_evictions_total: 'counter',
  ferrum_prefix_cache_saved_tokens_total: 'counter',
  ferrum_prefix_cache_entries: 'gauge',
  ferrum_prefix_cache_bytes: 'gauge',
  ferrum_sessions: 'gauge',
  ferrum_sessions_evicted_total: 'counter',
  process_resident_memory_bytes: 'gauge',
  process_cpu_seconds_total: 'counter',
  nodejs_eventloop_lag_p99_seconds: 'gauge',
  nodejs_gc_duration_seconds: 'histogram',
};

async function newMetrics() {
  const parts = await measuredParts({ 'text-generation': fakeLanguageModel().engine });
  const metrics = new ServerMetrics(parts);
  const scrape = async () => parseExposition((await metrics.text()).body);
  return { parts, metrics, scrape };
}

describe('/metrics', () => {
  it('is text that a strict reader takes, with every metric and its type', async () => {
    await using server = await testServer({ 'text-generation': fakeLanguageModel().engine });
    await fetch(`${server.url}/v1/models`);
    const response = await fetch(`${server.url}/metrics`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const exposition = parseExposition(await response.text());
    expect(Object.fromEntries(Object.keys(agreed).map((name) => [name, exposition.get(name)?.type]))).toEqual(agreed);
    expect(
      sampleValue(exposition, 'ferrum_http_requests_total', { method: 'GET', route: '/v1/models', status: '200' }),
    ).toBe(1);
  });

  it('asks for the key like the rest of the API', async () => {
    await using server = await testServer(
      { 'text-generation': fakeLanguageModel().engine },
      { apiKeys: ['a-long-key'] },
    );
    expect((await fetch(`${server.url}/metrics`)).status).toBe(401);
    const headers = { authorization: 'Bearer a-long-key' };
    expect((await fetch(`${server.url}/metrics`, { headers })).status).toBe(200);
  });
});

describe('ServerMetrics', () => {
  it('shows what will be counted as 0 from the start', async () => {
    const { scrape } = await newMetrics();
    const exposition = await scrape();
    const model = 'text-generation';
    expect(sampleValue(exposition, 'ferrum_prompt_tokens_total', { model, capability: model })).toBe(0);
    expect(sampleValue(exposition, 'ferrum_completion_tokens_total', { model })).toBe(0);
    expect(sampleValue(exposition, 'ferrum_time_to_first_token_seconds_count', { model })).toBe(0);
    expect(sampleValue(exposition, 'ferrum_audio_input_seconds_total', { model })).toBeUndefined();
  });

  it('counts tokens and audio', async () => {
    const { metrics, scrape } = await newMetrics();
    metrics.countTokens('text-generation', 'text-generation', {
      promptTokens: 10,
      completionTokens: 5,
      cachedTokens: 8,
    });
    metrics.countTokens('text-generation', 'text-generation', { promptTokens: 1, completionTokens: 2 });
    metrics.countTokens('minilm', 'embedding', { promptTokens: 7 });
    metrics.countAudio('whisper', 'input', 1.5);
    metrics.countAudio('whisper', 'input', 2.5);
    metrics.countAudio('piper', 'output', 0.25);
    const exposition = await scrape();
    const model = 'text-generation';
    expect(sampleValue(exposition, 'ferrum_prompt_tokens_total', { model, capability: model })).toBe(11);
    expect(sampleValue(exposition, 'ferrum_prompt_tokens_total', { model: 'minilm', capability: 'embedding' })).toBe(7);
    expect(sampleValue(exposition, 'ferrum_completion_tokens_total', { model })).toBe(7);
    expect(sampleValue(exposition, 'ferrum_completion_tokens_total', { model: 'minilm' })).toBeUndefined();
    expect(sampleValue(exposition, 'ferrum_cached_prompt_tokens_total', { model })).toBe(8);
    expect(sampleValue(exposition, 'ferrum_audio_input_seconds_total', { model: 'whisper' })).toBe(4);
    expect(sampleValue(exposition, 'ferrum_audio_output_seconds_total', { model: 'piper' })).toBe(0.25);
  });

  it('does not fail a request for numbers that cannot be counted', async () => {
    const { metrics, scrape } = await newMetrics();
    metrics.countTokens('text-generation', 'text-generation', { promptTokens: Number.NaN, completionTokens: -1 });
    metrics.countAudio('whisper', 'input', Number.POSITIVE_INFINITY);
    const exposition = await scrape();
    expect(sampleValue(exposition, 'ferrum_completion_tokens_total', { model: 'text-generation' })).toBe(0);
    expect(sampleValue(exposition, 'ferrum_audio_input_seconds_total', { model: 'whisper' })).toBe(0);
  });

  it('tells of sessions', async () => {
    const { parts, scrape } = await newMetrics();
    parts.sessions.keep('owner', 'a', [{ role: 'user', content: 'hello' }]);
    parts.sessions.keep('owner', 'b', [{ role: 'user', content: 'hello' }]);
    const exposition = await scrape();
    expect(sampleValue(exposition, 'ferrum_sessions')).toBe(2);
    expect(sampleValue(exposition, 'ferrum_sessions_evicted_total')).toBe(0);
  });

  it('writes model names with any character in them', async () => {
    const { metrics, scrape } = await newMetrics();
    const model = 'C:\\models\\"my"\nmodel,{}=';
    metrics.generation(model).tokens(1);
    metrics.countAudio(model, 'output', 1);
    const exposition = await scrape();
    expect(sampleValue(exposition, 'ferrum_audio_output_seconds_total', { model })).toBe(1);
    expect(sampleValue(exposition, 'ferrum_time_to_first_token_seconds_count', { model })).toBe(1);
  });

  it('keeps the numbers of two servers apart, and those of the process together', async () => {
    const [first, second] = [await newMetrics(), await newMetrics()];
    first.metrics.countAudio('piper', 'output', 1);
    const expositions = [await first.scrape(), await second.scrape()];
    expect(expositions.map((one) => sampleValue(one, 'ferrum_audio_output_seconds_total', { model: 'piper' }))).toEqual(
      [1, undefined],
    );
    expect(expositions.map((one) => one.has('process_cpu_seconds_total'))).toEqual([true, true]);
  });

  it('holds with scrapes at the same time', async () => {
    const { parts, scrape } = await newMetrics();
    await parts.models.lease('text-generation', 'text-generation');
    const labels = { model: 'text-generation', capability: 'text-generation', outcome: 'success' };
    const expositions = await Promise.all(Array.from({ length: 5 }, scrape));
    expect(expositions.map((one) => sampleValue(one, 'ferrum_engine_requests_total', labels))).toEqual([2, 2, 2, 2, 2]);
  });
});
