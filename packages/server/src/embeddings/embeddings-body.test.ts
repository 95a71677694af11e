import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { embeddingsBody } from './embeddings-body.js';

const { signal } = new AbortController();
const common = { model: 'a "quoted" model', promptTokens: 7, signal };

describe('embeddingsBody', () => {
  it('writes what JSON.stringify would', async () => {
    const embeddings = [Float32Array.of(0, -0.1, 1e-20), Float32Array.of(3.4e38, 1 / 3, -1)];
    const body = await embeddingsBody({ ...common, embeddings, format: 'float' });
    const plain = {
      object: 'list',
      data: embeddings.map((vector, index) => ({ object: 'embedding', index, embedding: [...vector] })),
      model: common.model,
      usage: { prompt_tokens: 7, total_tokens: 7 },
    };
    expect(body.toString()).toBe(JSON.stringify(plain));
  });

  it('encodes a vector that is a part of a larger buffer', async () => {
    const embeddings = [Float32Array.of(1, 2, 3, 4).subarray(1, 3)];
    const { data } = JSON.parse((await embeddingsBody({ ...common, embeddings, format: 'base64' })).toString());
    expect(data[0].embedding).toBe(Buffer.from('0000004000004040', 'hex').toString('base64'));
  });

  it('lets others run while it writes much, and stops when the client has gone', async () => {
    const embeddings = Array.from({ length: 2048 }, (_, seed) =>
      Float32Array.from({ length: 384 }, (_, i) => Math.sin(seed + i)),
    );
    let turns = 0;
    let isDone = false;
    const body = embeddingsBody({ ...common, embeddings, format: 'float' }).finally(() => {
      isDone = true;
    });
    while (!isDone) {
      await nextTurn();
      turns += 1;
    }
    expect(turns).toBeGreaterThan(5);
    expect(JSON.parse((await body).toString()).data).toHaveLength(2048);
    const gone = AbortSignal.abort();
    await expect(embeddingsBody({ ...common, embeddings, format: 'float', signal: gone })).rejects.toMatchObject({
      code: 'Cancelled',
    });
  });
});
