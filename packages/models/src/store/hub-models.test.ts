import { readFileSync, rmSync, statSync } from 'node:fs';
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

  it('brings a sentence-transformers model with its modules, and tells what it is for', async () => {
    const modules = ['Transformer', 'Pooling', 'Dense', 'Normalize'].map((kind, index) => ({
      path: index === 0 ? '' : `${index}_${kind}`,
      type: `sentence_transformers.models.${kind}`,
    }));
    const { hub, files } = await startHub('o/n', {
      'config.json': '{"model_type":"bert","architectures":["BertModel"],"max_position_embeddings":512}',
      'tokenizer.json': '{}',
      'modules.json': JSON.stringify(modules),
      'sentence_bert_config.json': '{}',
      '1_Pooling/config.json': '{"word_embedding_dimension":4}',
      '2_Dense/config.json': '{"in_features":4}',
      '2_Dense/model.safetensors': 'dense',
      'model.safetensors': 'weights',
      'pytorch_model.bin': 'other weights',
      'onnx/model.onnx': 'graph',
    });
    const store = newStore(folder, { HF_ENDPOINT: hub.url });
    const model = await store.pull('hf:o/n');
    const left = ['pytorch_model.bin', 'onnx/model.onnx'];
    expect(Object.keys(model.files).sort()).toEqual([...files.keys()].filter((name) => !left.includes(name)).sort());
    for (const [name, path] of Object.entries(model.files)) {
      expect(readFileSync(path).equals(files.get(name)?.content ?? Buffer.of())).toBe(true);
    }
    expect(model.manifest).toMatchObject({
      ...{ format: 'safetensors', architecture: 'bert', capabilities: ['embedding'], contextLength: 512 },
    });
  });

  it('does not take a part for the whole that lacks a module', async () => {
    const pooling = { path: '1_Pooling', type: 'sentence_transformers.models.Pooling' };
    const normalize = { path: '2_Normalize', type: 'sentence_transformers.models.Normalize' };
    const { hub } = await startHub('o/n', {
      'config.json': '{}',
      'tokenizer.json': '{}',
      'modules.json': JSON.stringify([pooling, normalize]),
      '1_Pooling/config.json': '{}',
      'model.safetensors': 'weights',
    });
    const first = newStore(folder, { HF_ENDPOINT: hub.url });
    const { files } = await first.pull('hf:o/n');
    const second = newStore(folder, { HF_HOME: join(first.home, 'hf') }, { offline: true });
    expect(await second.inspect('hf:o/n')).toHaveProperty('path');
    rmSync(files['1_Pooling/config.json'] ?? '');
    expect(await second.inspect('hf:o/n')).toEqual({ reference: 'hf:o/n' });
  });

  it('brings ONNX files where there are no other weights', async () => {
    const { hub } = await startHub('o/n', {
      'config.json': '{"model_type":"clip","architectures":["CLIPModel"]}',
      'preprocessor_config.json': '{}',
      'tokenizer.json': '{}',
      'onnx/text_model.onnx': 'text',
      'onnx/vision_model.onnx': 'vision',
      'onnx/vision_model_quantized.onnx': 'small',
    });
    const model = await newStore(folder, { HF_ENDPOINT: hub.url }).pull('hf:o/n');
    expect(Object.keys(model.files).sort()).toEqual([
      ...[
        'config.json',
        'onnx/text_model.onnx',
        'onnx/vision_model.onnx',
        'preprocessor_config.json',
        'tokenizer.json',
      ],
    ]);
    expect(model.manifest).toMatchObject({ format: 'onnx', architecture: 'clip', capabilities: ['embedding'] });
  });

  it('brings a Piper voice out of a collection, and finds it again offline', async () => {
    const path = 'en/en_US/amy/low/en_US-amy-low.onnx';
    const { hub } = await startHub('o/voices', {
      'voices.json': '{}',
      [path]: 'graph',
      [`${path}.json`]: '{"phoneme_id_map":{"_":[0]}}',
      'en/en_US/amy/low/MODEL_CARD': '# Model card\n\n* License: CC0\n',
      'de/de_DE/eva/low/de_DE-eva-low.onnx': 'other',
      'de/de_DE/eva/low/de_DE-eva-low.onnx.json': '{}',
    });
    const store = newStore(folder, { HF_ENDPOINT: hub.url });
    const model = await store.pull(`hf:o/voices:${path}`);
    expect(Object.keys(model.files).sort()).toEqual(['en/en_US/amy/low/MODEL_CARD', path, `${path}.json`]);
    expect(model.manifest).toMatchObject({
      ...{ format: 'onnx', architecture: 'piper', capabilities: ['speech'], license: 'CC0-1.0' },
    });
    const offline = newStore(folder, { HF_HOME: join(store.home, 'hf') }, { offline: true });
    expect((await offline.pull(`hf:o/voices:${path}`)).manifest.architecture).toBe('piper');
    // What is here of the collection is not the whole of it.
    expect((await rejection(offline.pull('hf:o/voices'))).code).toBe('NotFound');
    const missing = await rejection(store.pull('hf:o/voices:en/en_US/amy/low/en_US-amy-high.onnx'));
    expect([missing.code, missing.message]).toEqual(['NotFound', expect.stringContaining(path)]);
  });

  it('brings Kokoro with its voices', async () => {
    const { hub } = await startHub('o/kokoro', {
      'README.md': '---\nlicense: apache-2.0\n---\n',
      'config.json': '{"model_type":"style_text_to_speech_2"}',
      'tokenizer.json': '{}',
      'onnx/model.onnx': 'graph',
      'onnx/model_quantized.onnx': 'small',
      'voices/af_heart.bin': 'style',
      'voices/am_adam.bin': 'style of another',
    });
    const store = newStore(folder, { HF_ENDPOINT: hub.url });
    for (const [reference, graph] of [
      ['hf:o/kokoro', 'onnx/model.onnx'],
      ['hf:o/kokoro:onnx/model_quantized.onnx', 'onnx/model_quantized.onnx'],
    ] as const) {
      const model = await store.pull(reference);
      expect(Object.keys(model.files).sort()).toEqual([
        ...['config.json', graph, 'tokenizer.json', 'voices/af_heart.bin', 'voices/am_adam.bin'],
      ]);
      expect(model.manifest).toMatchObject({ format: 'onnx', architecture: 'kokoro', capabilities: ['speech'] });
    }
  });

  it('brings a CTranslate2 model with its vocabulary', async () => {
    const weights = readFileSync(new URL('../weights/fixtures/ctranslate2/int8_float16.bin', import.meta.url));
    const { hub } = await startHub('o/n', {
      'README.md': 'read me',
      'config.json': '{"lang_ids":[1]}',
      'model.bin': weights,
      'preprocessor_config.json': '{}',
      'tokenizer.json': '{}',
      'vocabulary.json': '[]',
    });
    const model = await newStore(folder, { HF_ENDPOINT: hub.url }).pull('hf:o/n');
    expect(Object.keys(model.files).sort()).toEqual([
      ...['config.json', 'model.bin', 'preprocessor_config.json', 'tokenizer.json', 'vocabulary.json'],
    ]);
    expect(model.manifest).toMatchObject({
      ...{ format: 'ctranslate2', architecture: 'whisper', capabilities: ['transcription'], quantization: 'INT8' },
    });
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
