import type { EngineContext, ModelManifest, ModelMatch, Plugin } from '@ferrum/interfaces';
import { definePlugin } from '@ferrum/registry';
import { FerrumError } from '@ferrum/registry/errors';
import { EspeakPhonemizer } from './espeak-phonemizer.js';
import { version } from './version.js';

/** The one model there is; it comes with the package. */
const model = 'espeak-ng';

/** Registers phonemization by espeak-ng. */
export const plugin: Plugin = definePlugin({
  specificationVersion: '1',
  name: '@ferrum/plugin-espeak',
  version,
  register(registry) {
    registry.register({
      specificationVersion: '1',
      id: '@ferrum/plugin-espeak/default',
      capability: 'phonemization',
      features: [],
      models: [model],
      device: 'cpu',
      match,
      create: async ({ options }: EngineContext) => {
        const [unknown] = Object.keys(options);
        if (unknown !== undefined) {
          const message = `${unknown} is not an option of espeak-ng, which has none.`;
          throw new FerrumError('InvalidParameter', message, { details: { parameter: unknown } });
        }
        return new EspeakPhonemizer();
      },
    });
  },
});

function match({ name, reference }: ModelManifest): ModelMatch {
  return (name ?? reference) === model
    ? { score: 50, reason: 'comes with espeak-ng' }
    : { score: 0, reason: `has one model, ${model}` };
}
