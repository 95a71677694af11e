import { definePlugin, FerrumError } from '@ferrum/registry';

const name = 'ferrum-plugin-word-overlap';
const version = '1.0.0';

/** Hosts look for this export. Importing it does nothing else: what the engine needs is loaded when one is opened. */
export const plugin = definePlugin({
  specificationVersion: '1',
  name,
  version,
  register(registry) {
    registry.register({
      specificationVersion: '1',
      id: `${name}/default`,
      capability: 'reranking',
      features: [],
      device: 'cpu',
      // A model that comes with the engine: nothing is downloaded for it. Others read model.architecture, model.format …
      models: ['word-overlap'],
      match: (model) =>
        model.reference === 'word-overlap'
          ? { score: 50, reason: 'counts words' }
          : { score: 0, reason: 'has one model, word-overlap' },
      async create({ model, options }) {
        const [unknown] = Object.keys(options);
        if (unknown !== undefined) throw new FerrumError('InvalidParameter', `word-overlap has no option ${unknown}.`);
        const { WordOverlapEngine } = await import('./word-overlap-engine.js');
        return new WordOverlapEngine(model, version);
      },
    });
  },
});
