import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startHub } from '../testing/hub-server.js';
import { rejection } from '../testing/rejection.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { gguf, newStore, refused } from '../testing/test-store.js';

const folder = temporaryFolder();

describe('pull of a hub repository', () => {
  it('keeps the files in the hub cache and reads the manifest from them', async () => {
    const config = {
      model_type: 'llama',
      architectures: ['LlamaForCausalLM'],
      max_position_embeddings: 99,
      torch_dtype: 'bfloat16',
    };
    const { hub, commit } = await startHub('o/n', {
      'config.json': JSON.stringify(config),
      'tokenizer.json': '{}',
      'model.safetensors': 'weights',
    });
    const store = newStore(folder, { HF_ENDPOINT: `${hub.url}/` });
    expect(await store.inspect('hf:o/n')).toEqual({ reference: 'hf:o/n' });
    const model = await store.pull('hf:o/n');
    expect(model.directory).toBe(join(store.home, 'hf', 'hub', 'models--o--n', 'snapshots', commit));
    expect(model.manifest).toEqual({
      ...{ reference: 'hf:o/n', format: 'safetensors', architecture: 'llama', capabilities: ['text-generation'] },
      ...{ contextLength: 99, quantization: 'BF16', path: model.directory },
      sizeBytes: statSync(model.files['config.json'] ?? '').size + 2 + 7,
    });
    expect(await store.inspect('hf:o/n')).toEqual(model.manifest);
    const requests = hub.requests.length;
    await store.pull('hf:o/n');
    expect(hub.requests).toHaveLength(requests);
  });

  it('serves a model that another program put into the cache, offline or with the hub out of reach', async () => {
    const { hub } = await startHub('o/n', { 'm.gguf': gguf });
    const first = newStore(folder, { HF_ENDPOINT: hub.url });
    await first.pull('hf:o/n');
    const environment = { HF_HOME: join(first.home, 'hf'), HF_ENDPOINT: refused };
    for (const offline of [true, false]) {
      const model = await newStore(folder, environment, { offline }).pull('hf:o/n');
      expect(model.manifest).toMatchObject({ format: 'gguf', architecture: 'llama', path: model.files['m.gguf'] });
    }
  });

  it('explains a gated one', async () => {
    const gated = await startHub('o/n', { 'm.gguf': gguf });
    gated.requiredToken = 'x';
    const error = await rejection(newStore(folder, { HF_ENDPOINT: gated.hub.url }).pull('hf:o/n'));
    expect([error.code, error.message]).toEqual(['Auth', expect.stringMatching(/HF_TOKEN/)]);
    expect((await newStore(folder, { HF_ENDPOINT: gated.hub.url, HF_TOKEN: 'x' }).pull('hf:o/n')).files).toHaveProperty(
      'm.gguf',
    );
  });
});
