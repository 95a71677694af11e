import { getEventListeners } from 'node:events';
import type { InferenceRequest, InferenceResponse } from '@ferrum/interfaces';
import { describe, expect, it } from 'vitest';
import { inferBatch } from './infer-batch.js';

const requests = Array.from({ length: 8 }, (_, i): InferenceRequest => ({ id: String(i), prompt: 'Hi' }));
const answer = {} as InferenceResponse;

describe('inferBatch', () => {
  it('cancels the rest when the listener throws, and rejects with its error once all have settled', async () => {
    const seen: string[] = [];
    let running = 0;
    const infer = async ({ id = '', signal }: InferenceRequest): Promise<InferenceResponse> => {
      seen.push(id);
      if (id === '0') return answer;
      running += 1;
      await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }));
      // An engine needs a while to end what it is told to.
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      throw signal?.reason;
    };
    const error = new Error('no more of this');
    let told = 0;
    const onProgress = () => {
      told += 1;
      throw error;
    };
    await expect(inferBatch(infer, requests, { concurrency: 3, onProgress })).rejects.toBe(error);
    expect({ seen, running, told }).toEqual({ seen: ['0', '1', '2'], running: 0, told: 1 });
  });

  it('rejects even with what is no error', async () => {
    const onProgress = () => {
      throw undefined;
    };
    await expect(inferBatch(async () => answer, requests, { concurrency: 2, onProgress })).rejects.toBeUndefined();
  });

  it('hands each request its own signal and that of the batch, and leaves nothing at either', async () => {
    const [batch, own] = [new AbortController(), new AbortController()];
    const ended: string[] = [];
    const infer = async ({ id = '', signal }: InferenceRequest): Promise<InferenceResponse> => {
      await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }));
      ended.push(id);
      throw signal?.reason;
    };
    const two: InferenceRequest[] = [
      { id: 'a', prompt: 'a', signal: own.signal },
      { id: 'b', prompt: 'b' },
    ];
    const running = inferBatch(infer, two, { concurrency: 2, signal: batch.signal });
    own.abort();
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toEqual(['a']);
    batch.abort();
    await expect(running).rejects.toMatchObject({ code: 'Cancelled' });
    expect(ended).toEqual(['a', 'b']);
    for (const { signal } of [batch, own]) expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
