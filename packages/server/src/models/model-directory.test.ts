import type { Host, Plugin } from '@ferrum/interfaces';
import { createHost } from '@ferrum/registry';
import { FerrumError } from '@ferrum/registry/errors';
import { describe, expect, it } from 'vitest';
import type { ServedModel } from '../options/served-model.js';
import { fakeEmbedder } from '../testing/fake-embedder.js';
import { fakeHost } from '../testing/fake-host.js';
import { fakeLanguageModel } from '../testing/fake-language-model.js';
import { until } from '../testing/until.js';
import { ModelDirectory } from './model-directory.js';

async function directory(models: readonly (string | ServedModel)[], options: { readonly idleTimeoutMs?: number } = {}) {
  const host = fakeHost({ embedding: fakeEmbedder().engine, 'text-generation': fakeLanguageModel().engine }, options);
  return { host, models: await ModelDirectory.open(host, models) };
}

describe('ModelDirectory', () => {
  it('knows a model by its id and its aliases', async () => {
    const { models } = await directory([
      'text-generation',
      { model: 'embedding', id: 'org/name:tag', aliases: ['text-embedding-3-small'], created: 7, preload: true },
    ]);
    expect(models.find('text-generation')).toMatchObject({
      id: 'text-generation',
      capabilities: ['text-generation'],
      preload: false,
    });
    const entry = models.find('org/name:tag');
    expect(entry).toMatchObject({
      model: 'embedding',
      capabilities: ['embedding'],
      created: 7,
      preload: true,
      options: {},
    });
    expect(models.find('text-embedding-3-small')).toBe(entry);
    expect(() => models.find('embedding')).toThrow(
      expect.objectContaining({
        code: 'NotFound',
        message: expect.stringContaining('Models: text-generation, org/name:tag'),
      }),
    );
  });

  it.each(['__proto__', 'constructor', 'toString', ''])('knows no model %j', async (name) => {
    const { models } = await directory(['embedding']);
    expect(() => models.find(name)).toThrow(expect.objectContaining({ code: 'NotFound' }));
  });

  it.each([
    ['two ids', ['embedding', { model: 'text-generation', id: 'embedding' }]],
    ['an id and an alias', ['embedding', { model: 'text-generation', aliases: ['embedding'] }]],
    ['an id and its own alias', [{ model: 'embedding', aliases: ['embedding'] }]],
  ])('refuses %s that are the same', async (_, models) => {
    await expect(directory(models)).rejects.toMatchObject({
      code: 'Config',
      message: expect.stringContaining('Two models are called embedding'),
    });
  });

  it('refuses a model that no engine opens, and says why', async () => {
    await expect(directory(['nonsense'])).rejects.toMatchObject({
      code: 'Config',
      message: expect.stringMatching(
        /No engine here opens nonsense\. Leave it out, or install a plugin for it\. .*fakes\/embedding: /,
      ),
    });
    await expect(ModelDirectory.open(createHost({ plugins: [] }), ['nonsense'])).rejects.toMatchObject({
      code: 'Config',
    });
  });

  it('opens at the first lease, shares, and sees that the host has closed an idle engine', async () => {
    const { models, host } = await directory(['embedding'], { idleTimeoutMs: 20 });
    const entry = models.find('embedding');
    expect([models.isOpen(entry), models.openModels()]).toEqual([false, []]);
    const [first, second] = await Promise.all([
      models.lease('embedding', 'embedding'),
      models.lease('embedding', 'embedding'),
    ]);
    expect(first.engine).toBe(second.engine);
    expect(models.isOpen(entry)).toBe(true);
    expect(models.isOpen(entry, 'text-generation')).toBe(false);
    expect(models.openModels()).toEqual([{ entry, capability: 'embedding', engine: first.engine }]);
    await first.release();
    await first.release();
    expect(host.openEngines()[0]?.leases).toBe(1);
    await second.release();
    await until(() => !models.isOpen(entry));
    expect(models.openModels()).toEqual([]);
  });

  it('tells apart a model that is served twice, with different options', async () => {
    await using host = openingAll();
    const models = await ModelDirectory.open(host, [
      { model: 'm', id: 'a' },
      { model: 'm', id: 'b', options: { threads: 1 } },
    ]);
    const { release } = await models.lease('embedding', 'b');
    expect([models.isOpen(models.find('a')), models.isOpen(models.find('b'))]).toEqual([false, true]);
    await release();
  });

  it('shows clients the last part of a path, and suggests the nearest name', async () => {
    const { models } = await directory([{ model: 'embedding', id: 'minilm:l6' }]);
    expect(() => models.find('minilm:16')).toThrow(/Did you mean minilm:l6\?/);
    expect(() => models.find('nobody')).toThrow(/There is no model "nobody" here\. Models: minilm:l6\./);
    const paths = await ModelDirectory.open(openingAll(), ['./folder/a.gguf', '/some/where/b', 'hf:owner/c']);
    expect(paths.entries.map(({ id }) => id)).toEqual(['a.gguf', 'b', 'hf:owner/c']);
  });

  it('refuses a model that does something else, and names those that do it', async () => {
    const { models } = await directory(['embedding', 'text-generation']);
    await expect(models.lease('text-generation', 'embedding')).rejects.toMatchObject({
      code: 'Unsupported',
      message: expect.stringContaining('Use text-generation.'),
    });
    await expect(models.lease('speech', 'embedding')).rejects.toMatchObject({
      code: 'Unsupported',
      message: expect.stringContaining('No model served here does.'),
    });
  });

  it.each([
    ['RequestValidation', 'Model'],
    ['NotFound', 'Model'],
    ['Unsupported', 'Model'],
    ['Network', 'Model'],
    ['Cancelled', 'Cancelled'],
    ['ResourceExhausted', 'ResourceExhausted'],
  ] as const)('turns %s of a model that does not open into %s', async (code, expected) => {
    const { host } = await directory(['embedding']);
    const failing: Host = {
      ...host,
      explain: host.explain.bind(host),
      lease: () => Promise.reject(new FerrumError(code, 'why')),
    };
    const models = await ModelDirectory.open(failing, ['embedding']);
    await expect(models.lease('embedding', 'embedding')).rejects.toMatchObject({
      code: expected,
      message: expect.stringContaining('why'),
    });
  });
});

/** Opens every model for embeddings, each time with an engine of its own. */
function openingAll(): Host {
  const plugin: Plugin = {
    specificationVersion: '1',
    name: 'fakes',
    version: '1.0.0',
    register: (registry) =>
      registry.register({
        specificationVersion: '1',
        id: 'fakes/embedding',
        capability: 'embedding',
        features: [],
        device: 'cpu',
        match: () => ({ score: 50, reason: 'opens everything' }),
        create: async () => ({ ...fakeEmbedder().engine }),
      }),
  };
  return createHost({ plugins: [plugin] });
}
