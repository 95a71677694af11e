import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definePlugin, FerrumError } from '@ferrum/registry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeEmbedder } from '../testing/fake-embedder.js';
import { fakeEngine } from '../testing/fake-engine.js';
import { fakeStore } from '../testing/fake-store.js';
import { type CommandOptions, runCommand } from '../testing/run-command.js';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ferrum-explain-'));
});
afterEach(() => rm(home, { recursive: true }));

const explain = (commandLine: readonly string[], options: CommandOptions = {}) =>
  runCommand(['plugins', 'explain', ...commandLine], {
    plugins: [fakeEngine({ features: ['streaming'] }).plugin, other, fakeEmbedder().plugin],
    store: fakeStore({ home }),
    ...options,
  });

const explainJson = async (...[commandLine, options]: Parameters<typeof explain>) =>
  JSON.parse((await explain([...commandLine, '--json'], options)).stdout);

/** Opens less, and can do more. */
const other = definePlugin({
  specificationVersion: '1',
  name: 'other',
  version: '1.0.0',
  register: (registry) =>
    registry.register({
      specificationVersion: '1',
      id: 'other/engine',
      capability: 'text-generation',
      features: ['streaming', 'grammar'],
      models: ['its-own'],
      device: 'cuda:0',
      match: () => ({ score: 40, reason: 'opens GGUF' }),
      create: () => Promise.reject(new Error('nothing is opened to explain')),
    }),
});

const chosen = (explanation: {
  explanations: { capability: string; candidates: { id: string; chosen: boolean }[] }[];
}) =>
  explanation.explanations.flatMap(({ candidates }) => candidates.filter((each) => each.chosen).map(({ id }) => id));

describe('ferrum plugins explain', () => {
  it('says for what the model is for which engine opens it, and why not another', async () => {
    const { code, stdout, stderr } = await explain(['tiny']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(
      'text-generation\n' +
        '     ENGINE              SCORE  REASON\n' +
        '  →  fake-plugin/engine  50     opens everything\n' +
        '     other/engine        40     opens GGUF; fake-plugin/engine scores higher (50)\n',
    );
    expect(await explainJson(['tiny'])).toEqual({
      model: 'tiny',
      explanations: [
        {
          capability: 'text-generation',
          candidates: [
            { id: 'fake-plugin/engine', plugin: 'fake-plugin', chosen: true, score: 50, reason: 'opens everything' },
            { id: 'other/engine', plugin: 'other', chosen: false, score: 40, reason: expect.any(String) },
          ],
        },
      ],
      failedPlugins: [],
    });
  });

  it('counts wanted features and preferences', async () => {
    expect(chosen(await explainJson(['tiny', '--feature', 'streaming', '--feature', 'grammar']))).toEqual([
      'other/engine',
    ]);
    expect(chosen(await explainJson(['tiny', '--prefer', 'other']))).toEqual(['other/engine']);
    expect(chosen(await explainJson(['tiny', '--feature', 'lora']))).toEqual([]);
  });

  it('asks for other capabilities when it is told to', async () => {
    const explanation = await explainJson(['tiny', '--capability', 'embedding', '--capability', 'speech']);
    expect(explanation.explanations).toMatchObject([
      { capability: 'embedding', candidates: [{ id: 'fake-embedder/embed', chosen: true }] },
      { capability: 'speech', candidates: [] },
    ]);
    const { stdout } = await explain(['tiny', '--capability', 'speech']);
    expect(stdout).toBe('speech\n  no plugin here offers it\n');
  });

  it('asks for all six of a model that does not say what it is for', async () => {
    const inspect = async (reference: string) => ({ reference });
    const explanation = await explainJson(['tiny'], { store: { ...fakeStore({ home }), inspect } });
    expect(explanation.explanations).toHaveLength(6);
  });

  it('knows models that come with an engine', async () => {
    expect(chosen(await explainJson(['its-own', '--prefer', 'other']))).toContain('other/engine');
  });

  it('of a model that only others use says so', async () => {
    const inspect = async (reference: string) => ({ reference, capabilities: [] });
    const { code, stdout, stderr } = await explain(['tiny'], { store: { ...fakeStore({ home }), inspect } });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('tiny is opened by the models that use it');
  });

  it('lists plugins that failed', async () => {
    const failures = [{ package: 'broken', error: new FerrumError('Config', 'no luck today') }];
    const explanation = await explainJson(['tiny'], { failures });
    expect(explanation.failedPlugins).toEqual([{ name: 'broken', source: 'built-in', error: 'no luck today' }]);
    const { stdout } = await explain(['tiny'], { failures });
    expect(stdout).toMatch(/\n\nPlugins that failed\n {2}broken: no luck today\n$/);
  });

  it.each([
    [['nothing'], 3, /There is no model nothing/],
    [['tiny', '--capability', 'singing'], 2, /Allowed choices are text-generation, embedding/],
    [['tiny', '--prefer', 'nobody'], 2, /nobody is to be preferred/],
  ])('%j ends with %i', async (commandLine, code, message) => {
    expect(await explain(commandLine)).toMatchObject({ code, stderr: expect.stringMatching(message) });
  });
});
