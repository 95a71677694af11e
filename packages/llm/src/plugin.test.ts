import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { EngineDescriptor, ModelManifest, ModelStore, PluginRegistry } from '@ferrum/interfaces';
import { createModelStore } from '@ferrum/models';
import { createHost } from '@ferrum/registry';
import { describe, expect, it } from 'vitest';
import { loadGgufFixture, loadHfFixture, loadOnnxFixture } from './fixtures/load-fixture.js';
import { plugin } from './plugin.js';
import { ggufBytes } from './testing/gguf-bytes.js';
import { temporaryFolder } from './testing/temporary-folder.js';

const folder = temporaryFolder();

/** What the plugin registers. */
async function registered(): Promise<{ descriptors: EngineDescriptor[]; stores: ModelStore[] }> {
  const [descriptors, stores]: [EngineDescriptor[], ModelStore[]] = [[], []];
  const registry: PluginRegistry = {
    register: (descriptor) => void descriptors.push(descriptor),
    provideModels: (store) => void stores.push(store),
  };
  await plugin.register(registry);
  return { descriptors, stores };
}

async function match(manifest: Omit<ModelManifest, 'reference'>) {
  const { descriptors } = await registered();
  return descriptors[0]!.match({ reference: 'some-model', ...manifest });
}

/** A folder with nothing but a configuration and an empty weight file. */
function folderOf(name: string, config: object, file: string): string {
  const directory = path.join(folder, name);
  mkdirSync(directory);
  writeFileSync(path.join(directory, 'config.json'), JSON.stringify(config));
  writeFileSync(path.join(directory, file), '');
  return directory;
}

describe('plugin', () => {
  it('registers two engines for text generation, the batching one first, and a store of models', async () => {
    const { descriptors, stores } = await registered();
    expect(descriptors).toMatchObject([
      { id: '@ferrum/llm/continuous-batch', capability: 'text-generation', device: 'cpu' },
      { id: '@ferrum/llm/default', capability: 'text-generation', device: 'cpu' },
    ]);
    expect(stores).toMatchObject([{ id: '@ferrum/models' }]);
  });
});

describe('match', () => {
  it.each<[string, Omit<ModelManifest, 'reference'>]>([
    ['a Llama GGUF', { architecture: 'llama', format: 'gguf' }],
    ['Mistral safetensors', { architecture: 'mistral', format: 'safetensors' }],
    ['a model whose format is not known', { architecture: 'llama' }],
    ['a model for this and more', { architecture: 'llama', capabilities: ['embedding', 'text-generation'] }],
  ])('opens %s', async (_name, manifest) => {
    expect(await match(manifest)).toEqual({ score: 50, reason: `opens ${manifest.architecture} models` });
  });

  it.each<[string, Omit<ModelManifest, 'reference'>]>([
    ['nothing', {}],
    ['the format', { format: 'gguf' }],
    ['what it is for', { capabilities: ['text-generation'] }],
  ])('may open a model of which only %s is known, but gives way to an engine that is sure', async (_name, manifest) => {
    const { score, reason } = await match(manifest);
    expect(score).toBeGreaterThan(0);
    expect(score).toBeLessThan(50);
    expect(reason).toContain('not known before the download');
  });

  it.each<[string, Omit<ModelManifest, 'reference'>, string]>([
    ['another architecture', { architecture: 'mamba', format: 'gguf' }, 'architecture mamba'],
    ['an encoder', { architecture: 'bert', format: 'safetensors' }, 'architecture bert'],
    [
      'an ONNX graph that may be anything',
      { architecture: 'llama', format: 'onnx' },
      'does not say that it generates text',
    ],
    ['CTranslate2 weights', { format: 'ctranslate2' }, 'ctranslate2 files'],
    [
      'a model for something else',
      { architecture: 'llama', capabilities: ['embedding', 'reranking'] },
      'embedding, reranking',
    ],
  ])('passes over %s and says why', async (_name, manifest, reason) => {
    expect(await match(manifest)).toEqual({ score: 0, reason: expect.stringContaining(reason) });
  });
});

describe('a host with the plugin', () => {
  const host = createHost({ plugins: [plugin], models: createModelStore({ home: path.join(folder, 'home') }) });
  const explain = async (model: string) => (await host.explain('text-generation', { model })).candidates;

  it.each([
    ['GGUF', () => loadGgufFixture('llama-f32').location],
    ['safetensors', () => loadHfFixture('mistral-window').location],
    ['sharded safetensors', () => loadHfFixture('llama-gqa-sharded').location],
    ['ONNX with config.json', () => loadOnnxFixture('community-int4').location],
    ['ONNX with genai_config.json', () => loadOnnxFixture('genai-float32').location],
  ])('chooses it for a model in %s', async (_name, location) => {
    expect(await explain(location())).toMatchObject([
      { id: '@ferrum/llm/continuous-batch', chosen: true, score: 50 },
      { id: '@ferrum/llm/default', chosen: false, score: 25 },
    ]);
  });

  it.each([
    [
      'architecture',
      () => folderOf('mamba', { model_type: 'mamba', architectures: ['MambaForCausalLM'] }, 'model.safetensors'),
      'cannot open architecture mamba, only',
    ],
    ['format', () => folderOf('graph', { model_type: 'llama' }, 'model.onnx'), 'does not say that it generates'],
    [
      'architecture in a GGUF file',
      () => {
        const file = path.join(folder, 'mamba.gguf');
        writeFileSync(file, ggufBytes({ 'general.architecture': 'mamba' }, {}));
        return file;
      },
      'cannot open architecture mamba',
    ],
  ])('says what is wrong with the %s, when asked and when resolving', async (_name, prepare, reason) => {
    const model = prepare();
    expect(await explain(model)).toMatchObject(
      Array(2).fill({ chosen: false, score: 0, reason: expect.stringContaining(reason) }),
    );
    await expect(host.resolve('text-generation', { model })).rejects.toMatchObject({
      code: 'Unsupported',
      message: expect.stringContaining(reason),
    });
  });

  it('lacks features that the engine does not have', async () => {
    const { candidates } = await host.explain('text-generation', {
      model: loadGgufFixture('llama-f32').location,
      features: ['streaming', 'embeddings'],
    });
    expect(candidates).toMatchObject(Array(2).fill({ chosen: false, reason: expect.stringContaining('embeddings') }));
  });
});
