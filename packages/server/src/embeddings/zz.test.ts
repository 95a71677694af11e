import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fork } from 'node:child_process';
import { it } from 'vitest';
import { request } from 'node:http';
import { fakeEmbedder } from '../testing/fake-embedder.js';
import { testServer } from '../testing/test-server.js';
it('measure', async () => {
  const { engine } = fakeEmbedder({ width: 384 });
  const e2 = { ...engine, embedTexts: async (t: any) => ({ embeddings: t.map((_: any, s: number) => Float32Array.from({ length: 384 }, (_, i) => Math.sin(s + i))), encoding: 'float', dimensions: 384, model: 'x', usage: { promptTokens: 1 } }) } as any;
  await using server = await testServer({ embedding: e2 });
  for (const encoding_format of ['float', 'base64', 'float', 'base64','float']) {
    const body = JSON.stringify({ model: 'embedding', input: Array.from({ length: 2048 }, () => 'some words here'), encoding_format });
    const h = monitorEventLoopDelay({ resolution: 1 }); h.enable();
    const t = performance.now();
    const size = await new Promise((resolve) => { const r = request(server.url + '/v1/embeddings', { method: 'POST', headers: { 'content-type': 'application/json' } }, (res) => { let n = 0; res.on('data', (d) => { n += d.length; }); res.on('end', () => resolve(n)); }); r.end(body); });
    h.disable();
    console.log(encoding_format, size, 'ms', performance.now() - t, 'max delay', h.max / 1e6, 'p99', h.percentile(99) / 1e6);
  }
});
