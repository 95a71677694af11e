import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { dequantize } from './dequantize.js';
import { openWeights } from './open-weights.js';
import type { StringList } from './string-list.js';

// Real files against what gguf-py and llama2.c say of them. They are not part of the repository; where they are absent, the
// tests are skipped.

const shared = fileURLToPath(new URL('../../../../../shared/', import.meta.url));
const cache = join(
  process.env.BENCH ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ferrum-bench'),
  'real',
);

describe.each([
  ['smollm2', 'smollm2/SmolLM2-135M-Instruct.Q4_1.gguf'],
  ['gemma3-270m', 'gemma3-270m/gemma-3-270m-q4_k_m.gguf'],
])('%s (needs the cached model; skipped without)', (name, path) => {
  it.skipIf(!existsSync(join(cache, path)))('equals what gguf-py reads', async () => {
    const expected = JSON.parse(readFileSync(new URL('./fixtures/real.json', import.meta.url), 'utf8'))[name];
    await using file = await openWeights(join(cache, path));
    expect([...file.metadata.keys()].toSorted()).toEqual(expected.metadataKeys);
    const tokens = [...(file.metadata.get('tokenizer.ggml.tokens') as StringList)];
    expect(tokens).toHaveLength(expected.tokens);
    expect(sha256(tokens.join('\0'))).toBe(expected.tokensSha256);
    const types: Record<string, number> = {};
    for (const { type } of file.tensors.values()) types[type] = (types[type] ?? 0) + 1;
    expect(types).toEqual(expected.types);
    for (const [type, sample] of Object.entries<Sample>(expected.samples)) {
      const { name, dims, offset, byteLength, firstBytes } = sample;
      const tensor = file.tensors.get(name);
      expect(tensor).toMatchObject({ type, dims, offset, byteLength });
      if (!tensor) continue;
      const values = dequantize(tensor.type, await file.read(name, { start: 0, end: firstBytes }));
      expect(sha256(new Uint8Array(values.buffer)), `${name} ${type}`).toBe(sample.sha256);
    }
  });
});

describe('stories260K (needs ../shared; skipped without)', () => {
  const model = join(shared, 'models/stories260K');
  it.skipIf(!existsSync(model))('has the embedding that llama2.c reads', async () => {
    // llama2.c's file: seven int32 (dim, hidden, layers, heads, kv heads, vocabulary, sequence), then the embedding.
    const reference = new Uint8Array(readFileSync(join(model, 'stories260K.bin')));
    const [dim = 0, , , , , vocabulary = 0] = new Int32Array(reference.slice(0, 28).buffer);
    await using file = await openWeights(model);
    const tensor = file.tensors.get('model.embed_tokens.weight');
    expect(tensor).toMatchObject({ type: 'F32', dims: [Math.abs(vocabulary), dim] });
    const wanted = reference.subarray(28, 28 + (tensor?.byteLength ?? 0));
    expect(Buffer.compare(await file.read('model.embed_tokens.weight'), wanted)).toBe(0);
  });
});

describe.each(['models/babyllama-tok105', 'reference/clip-tiny'])('%s (needs ../shared; skipped without)', (path) => {
  const model = join(shared, path, 'model.safetensors');
  it.skipIf(!existsSync(model))('gives the bytes that the header points at', async () => {
    const bytes = readFileSync(model);
    const headerBytes = Number(bytes.readBigUInt64LE());
    const header: Record<string, { data_offsets?: readonly [number, number] }> = JSON.parse(
      bytes.toString('utf8', 8, 8 + headerBytes),
    );
    await using file = await openWeights(model);
    const { __metadata__, ...entries } = header;
    expect([...file.tensors.keys()].toSorted()).toEqual(Object.keys(entries).toSorted());
    for (const [name, { data_offsets: [start, end] = [0, 0] }] of Object.entries(entries)) {
      const wanted = bytes.subarray(8 + headerBytes + start, 8 + headerBytes + end);
      expect(Buffer.compare(await file.read(name), wanted), name).toBe(0);
    }
  });
});

interface Sample {
  readonly name: string;
  readonly dims: readonly number[];
  readonly offset: number;
  readonly byteLength: number;
  readonly firstBytes: number;
  readonly sha256: string;
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
