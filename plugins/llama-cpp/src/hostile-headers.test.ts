import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openEmbedEngine } from './embedding/open-embed-engine.js';
import { contextOf, tinyModels } from './testing/context-of.js';
import { openTextEngine } from './text/open-text-engine.js';

const folder = mkdtempSync(path.join(tmpdir(), 'ferrum-hostile-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The model with a value of its metadata, of 32 bits, changed. */
function withValue(model: string, key: string, change: (bytes: Buffer, at: number) => void): string {
  const bytes = readFileSync(model);
  const at = bytes.indexOf(key);
  if (at < 0) throw new Error(`${model} has no ${key}.`);
  // After the key comes its type, of 4 bytes.
  change(bytes, at + key.length + 4);
  const file = path.join(folder, 'hostile.gguf');
  writeFileSync(file, bytes);
  return file;
}

const write = (value: number) => (bytes: Buffer, at: number) => bytes.writeUInt32LE(value, at);

describe('a header that would end the process', () => {
  it.each([
    ['llama.attention.head_count', 0],
    ['llama.attention.head_count_kv', 0],
    ['llama.feed_forward_length', 0],
    ['llama.embedding_length', 0],
    ['llama.block_count', 0],
    ['llama.block_count', 2 ** 32 - 1],
    ['llama.context_length', 0],
    ['llama.attention.head_count_kv', 3],
    ['llama.attention.head_count', 2 ** 31],
  ])(
    'is an error that names the file: %s %d',
    async (key, value) => {
      const file = withValue(tinyModels.llama, key, write(value));
      await expect(openTextEngine(contextOf(file))).rejects.toMatchObject({
        code: 'Model',
        message: expect.stringContaining(file),
      });
    },
    60_000,
  );

  it.each([
    ['bert.attention.head_count', 0],
    ['bert.block_count', 2 ** 32 - 1],
    ['bert.feed_forward_length', 0],
  ])(
    'is one for embedding: %s %d',
    async (key, value) => {
      const file = withValue(tinyModels.bert, key, write(value));
      await expect(openEmbedEngine(contextOf(file))).rejects.toMatchObject({
        code: 'Model',
        message: expect.stringContaining(file),
      });
    },
    60_000,
  );

  it('or make it compute no numbers is one, too', async () => {
    const file = withValue(tinyModels.llama, 'llama.rope.freq_base', (bytes, at) => bytes.writeFloatLE(Number.NaN, at));
    await expect(openTextEngine(contextOf(file))).rejects.toMatchObject({
      code: 'Model',
      message: expect.stringContaining('no numbers'),
    });
  }, 60_000);
});

it('an answer that nothing of the vocabulary may go on is an error of its request alone', async () => {
  await using engine = await openTextEngine(contextOf(tinyModels.llama, { maxSequences: 2 }));
  const { vocabSize } = engine.config().model.modelInfo ?? {};
  const all = Array.from({ length: Number(vocabSize) }, (_, token) => token);
  const texts = await Promise.all(all.map((token) => engine.detokenize([token])));
  const request = {
    prompt: 'How many?',
    sampling: {
      maxTokens: 4,
      bannedTokens: all.filter((token) => /[0-9-]/.test(texts[token] ?? '')),
      responseFormat: { type: 'json_schema', schema: { type: 'integer' } },
    },
  } as const;
  const [refused, other] = await Promise.allSettled([
    engine.infer(request),
    engine.infer({ prompt: 'Hello', sampling: { maxTokens: 4, ignoreEos: true } }),
  ]);
  expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'Backend' } });
  expect(other).toMatchObject({ status: 'fulfilled', value: { finishReason: 'length' } });
  // Its place is free again.
  const again = [1, 2, 3].map(() => engine.infer({ prompt: 'Hello', sampling: { maxTokens: 2, ignoreEos: true } }));
  expect((await Promise.all(again)).map(({ finishReason }) => finishReason)).toEqual(['length', 'length', 'length']);
}, 60_000);
