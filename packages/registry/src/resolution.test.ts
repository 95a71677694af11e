import type { ModelManifest } from '@ferrum/interfaces';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FerrumError } from './errors.js';
import {
  explainRanking,
  noEngineError,
  type RankedEngine,
  type RegisteredEngine,
  rankEngines as rankWithin,
  type Wishes,
} from './resolution.js';
import { type FakeDescriptorOptions, fakeDescriptor } from './testing/fakes.js';

const model = { reference: 'some-model' };
const rankEngines = (engines: readonly RegisteredEngine[], manifest: ModelManifest, wishes: Wishes) =>
  rankWithin(engines, manifest, wishes, { matchTimeoutMs: 1000, signals: [] });
const noWishes = { features: [], prefer: [] };

const engine = (id: string, options: FakeDescriptorOptions = {}, plugin = `plugin-of-${id}`) => ({
  descriptor: fakeDescriptor({ id, ...options }),
  plugin,
});
const ids = (ranked: readonly RankedEngine[]): readonly string[] => ranked.map(({ descriptor }) => descriptor.id);

describe('rankEngines', () => {
  it('orders by the rules, one after the other', async () => {
    const feature = fc.constantFrom('streaming', 'lora', 'image');
    const engines = fc.array(
      fc.record({
        plugin: fc.constantFrom('p', 'q', 'r'),
        features: fc.uniqueArray(feature),
        score: fc.constantFrom(0, 1, 50, 100),
      }),
      { maxLength: 8 },
    );
    const wishes = fc.record({
      features: fc.uniqueArray(feature, { maxLength: 2 }),
      prefer: fc.uniqueArray(fc.constantFrom('e0', 'e1', 'e4', 'p', 'r', 'absent'), { maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(engines, wishes, async (specifications, { features, prefer }) => {
        const registered = specifications.map(({ plugin, ...options }, place) => engine(`e${place}`, options, plugin));
        const ranked = await rankEngines(registered, model, { features, prefer });

        const known = specifications.map((specification, place) => {
          const names = [`e${place}`, specification.plugin];
          const wanted = prefer.findIndex((name) => names.includes(name));
          const serves = specification.score > 0 && features.every((name) => specification.features.includes(name));
          return { id: `e${place}`, ...specification, serves, wanted: wanted < 0 ? prefer.length : wanted };
        });
        // By repeated choice and not by sorting, one rule at a time: the best serving engine, the next best …
        const expected: string[] = [];
        let left = known.filter(({ serves }) => serves);
        while (left.length > 0) {
          const mostWanted = Math.min(...left.map(({ wanted }) => wanted));
          const preferred = left.filter(({ wanted }) => wanted === mostWanted);
          const highest = Math.max(...preferred.map(({ score }) => score));
          const chosen = preferred.find(({ score }) => score === highest);
          if (chosen !== undefined) expected.push(chosen.id);
          left = left.filter((candidate) => candidate !== chosen);
        }
        expected.push(...known.filter(({ serves }) => !serves).map(({ id }) => id));
        expect(ids(ranked)).toEqual(expected);
        expect(ranked.filter(({ score }) => score > 0).length).toBe(known.filter(({ serves }) => serves).length);
      }),
    );
  });

  it('asks no match of an engine that lacks a feature', async () => {
    const match = (): never => {
      throw new Error('must not be asked');
    };
    const [ranked] = await rankEngines([engine('a', { features: ['lora'], match })], model, {
      features: ['lora', 'image', 'streaming'],
      prefer: [],
    });
    expect(ranked).toMatchObject({ score: 0, reason: 'lacks features image, streaming' });
  });

  it('takes a match that throws, rejects or answers nonsense for a no with the reason', async () => {
    const answering = (answer: unknown) => async () => answer as { score: number; reason: string };
    const ranked = await rankEngines(
      [
        engine('throws', {
          match: () => {
            throw new Error('no header');
          },
        }),
        engine('rejects', { match: () => Promise.reject('a string') }),
        engine('nothing', { match: answering(undefined) }),
        engine('nan', { match: answering({ score: Number.NaN, reason: 'broken' }) }),
        engine('high', { match: answering({ score: 1e6, reason: 'greedy' }) }),
        engine('fine', { match: answering({ score: 1 }) }),
      ],
      model,
      noWishes,
    );
    expect(ranked.map(({ descriptor, score, reason }) => [descriptor.id, score, reason])).toEqual([
      ['fine', 1, 'gave no reason'],
      ['throws', 0, 'match() failed: no header'],
      ['rejects', 0, 'match() failed: a string'],
      ['nothing', 0, 'match() answered score undefined, which is not a number from 0 to 100'],
      ['nan', 0, 'match() answered score NaN, which is not a number from 0 to 100'],
      ['high', 0, 'match() answered score 1000000, which is not a number from 0 to 100'],
    ]);
  });
});

describe('explainRanking', () => {
  it('says what decided against each candidate', async () => {
    const engines = [
      engine('second'),
      engine('same-as-second'),
      engine('low', { score: 10 }),
      engine('wanted', { score: 1 }),
      engine('cannot', { score: 0 }),
    ];
    const plain = explainRanking(await rankEngines(engines.slice(0, 3), model, noWishes));
    expect(plain).toEqual([
      { id: 'second', plugin: 'plugin-of-second', chosen: true, score: 50, reason: 'opens it' },
      {
        id: 'same-as-second',
        plugin: 'plugin-of-same-as-second',
        chosen: false,
        score: 50,
        reason: 'opens it; second was registered earlier',
      },
      { id: 'low', plugin: 'plugin-of-low', chosen: false, score: 10, reason: 'opens it; second scores higher (50)' },
    ]);
    const wishes = { features: [], prefer: ['plugin-of-wanted'] };
    const preferring = explainRanking(await rankEngines(engines, model, wishes));
    expect(preferring.map(({ id, chosen, reason }) => [id, chosen, reason])).toEqual([
      ['wanted', true, 'opens it'],
      ['second', false, 'opens it; wanted is preferred'],
      ['same-as-second', false, 'opens it; wanted is preferred'],
      ['low', false, 'opens it; wanted is preferred'],
      ['cannot', false, 'cannot open it'],
    ]);
  });

  it('chooses none when none can serve', async () => {
    const explained = explainRanking(await rankEngines([engine('cannot', { score: 0 })], model, noWishes));
    expect(explained).toMatchObject([{ id: 'cannot', chosen: false, reason: 'cannot open it' }]);
  });
});

describe('noEngineError', () => {
  it('lists every candidate with its reason and every failed plugin with its message', async () => {
    const ranked = await rankEngines([engine('a', { score: 0 }), engine('b', { score: 0 })], model, noWishes);
    const error = noEngineError('fake', 'some-model', ranked, [
      { name: 'fine', version: '1.0.0', state: 'registered', engines: ['a', 'b'] },
      { name: 'broken', version: '2.0.0', state: 'failed', error: new FerrumError('Config', 'no such library') },
    ]);
    expect(error.code).toBe('Unsupported');
    expect(error.message.split('\n')).toEqual([
      'No engine for fake can serve model some-model:',
      '- a (plugin plugin-of-a): cannot open it',
      '- b (plugin plugin-of-b): cannot open it',
      'Plugins that failed to register:',
      '- broken: no such library',
    ]);
    expect(error.details).toMatchObject({ failedPlugins: [{ name: 'broken', message: 'no such library' }] });
  });

  it('says so when no plugin offers the capability', () => {
    expect(noEngineError('fake', 'some-model', [], []).message).toMatch(/^No plugin of this host offers fake;/);
  });
});
