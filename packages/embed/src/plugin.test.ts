import type { EngineDescriptor, ModelManifest, ModelStore, PluginRegistry } from '@ferrum/interfaces';
import { describe, expect, it } from 'vitest';
import { plugin } from './plugin.js';

type Manifest = Omit<ModelManifest, 'reference'>;

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

const kinds = ['text', 'text-image', 'rerank'] as const;

/** What each engine says of a model, by the end of its id. */
async function matches(manifest: Manifest): Promise<Record<(typeof kinds)[number], { score: number; reason: string }>> {
  const { descriptors } = await registered();
  const answer = async (kind: string) => {
    const descriptor = descriptors.find(({ id }) => id === `@ferrum/embed/${kind}`);
    const match = await descriptor?.match({ reference: 'some-model', ...manifest });
    return { score: match?.score ?? Number.NaN, reason: match?.reason ?? '' };
  };
  const [text, joint, rerank] = await Promise.all(kinds.map(answer));
  return { text, 'text-image': joint, rerank } as Awaited<ReturnType<typeof matches>>;
}

async function scores(manifest: Manifest): Promise<Record<(typeof kinds)[number], number>> {
  const { text, 'text-image': joint, rerank } = await matches(manifest);
  return { text: text.score, 'text-image': joint.score, rerank: rerank.score };
}

describe('plugin', () => {
  it('registers an engine for texts, one for texts and images, one for reranking, and a store of models', async () => {
    const { descriptors, stores } = await registered();
    expect(descriptors).toMatchObject([
      { id: '@ferrum/embed/text', capability: 'embedding', device: 'cpu' },
      { id: '@ferrum/embed/text-image', capability: 'embedding', device: 'cpu' },
      { id: '@ferrum/embed/rerank', capability: 'reranking', device: 'cpu' },
    ]);
    expect(stores).toMatchObject([{ id: '@ferrum/models' }]);
    const features = descriptors.map((descriptor) => descriptor.features.includes('image'));
    expect(features).toEqual([false, true, false]);
  });
});

describe('match', () => {
  it.each(['bert', 'roberta', 'xlm-roberta', 'distilbert', 'mpnet', 'nomic_bert', 'modernbert'])(
    'opens %s with the engines of texts',
    async (architecture) => {
      for (const format of ['safetensors', 'onnx'] as const) {
        expect(await scores({ architecture, format })).toEqual({ text: 50, 'text-image': 0, rerank: 50 });
      }
      expect((await matches({ architecture })).text).toEqual({ score: 50, reason: `opens ${architecture} models` });
    },
  );

  it.each(['clip', 'chinese_clip', 'siglip'])('opens %s with the engine of texts and images', async (architecture) => {
    expect(await scores({ architecture, format: 'safetensors' })).toEqual({ text: 0, 'text-image': 50, rerank: 0 });
    expect(await scores({ architecture, format: 'onnx' })).toEqual({ text: 0, 'text-image': 50, rerank: 0 });
    expect(await scores({ architecture, format: 'gguf' })).toEqual({ text: 0, 'text-image': 0, rerank: 0 });
  });

  it.each(['bert', 'nomic-bert'])('opens %s in a GGUF file with the engines of texts', async (architecture) => {
    expect(await scores({ architecture, format: 'gguf' })).toEqual({ text: 50, 'text-image': 0, rerank: 50 });
  });

  it('passes over an architecture that is known, but not in a GGUF file', async () => {
    const { text, 'text-image': joint } = await matches({ architecture: 'mpnet', format: 'gguf' });
    expect(text).toEqual({ score: 0, reason: 'cannot open architecture mpnet, only bert, nomic-bert' });
    expect(joint).toEqual({ score: 0, reason: 'cannot open architecture mpnet, only none in gguf' });
  });

  it('runs an ONNX file of any architecture, but gives way to an engine that knows it', async () => {
    const { text, rerank, 'text-image': joint } = await matches({ architecture: 'deberta-v2', format: 'onnx' });
    expect([text, rerank]).toEqual(Array(2).fill({ score: 30, reason: 'runs the ONNX file as it is' }));
    expect(joint.score).toBe(0);
  });

  it.each<[string, Manifest]>([
    ['nothing', {}],
    ['the format', { format: 'safetensors' }],
  ])('may open a model of which only %s is known, but gives way to an engine that is sure', async (_name, manifest) => {
    expect(await scores(manifest)).toEqual({ text: 10, 'text-image': 10, rerank: 10 });
    expect((await matches(manifest)).text.reason).toContain('not known before the download');
  });

  it('passes over a model that is for something else, and says so', async () => {
    const forText = await matches({ architecture: 'bert', capabilities: ['embedding'] });
    expect([forText.text.score, forText.rerank]).toEqual([50, { score: 0, reason: 'the model is for embedding' }]);
    const forRanks = await matches({ capabilities: ['reranking'] });
    expect([forRanks.rerank.score, forRanks.text]).toEqual([10, { score: 0, reason: 'the model is for reranking' }]);
    expect(await scores({ architecture: 'bert', capabilities: ['text-generation', 'transcription'] })).toEqual({
      text: 0,
      'text-image': 0,
      rerank: 0,
    });
    expect(await scores({ architecture: 'bert', capabilities: ['embedding', 'reranking'] })).toMatchObject({
      text: 50,
      rerank: 50,
    });
  });

  it.each<[string, Manifest, string]>([
    [
      'another architecture',
      { architecture: 'llama', format: 'safetensors' },
      'cannot open architecture llama, only bert',
    ],
    ['another architecture in a GGUF file', { architecture: 'llama', format: 'gguf' }, 'architecture llama, only'],
    ['CTranslate2 weights', { architecture: 'bert', format: 'ctranslate2' }, 'ctranslate2 files'],
    ['a name that every object has', { architecture: 'constructor' }, 'cannot open architecture constructor'],
  ])('passes over %s and says why', async (_name, manifest, reason) => {
    for (const answer of Object.values(await matches(manifest))) {
      expect(answer).toEqual({ score: 0, reason: expect.stringContaining(reason.split(',')[0] as string) });
    }
    expect((await matches(manifest)).text.reason).toContain(reason);
  });
});
