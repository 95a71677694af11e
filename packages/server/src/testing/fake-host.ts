import type { Capability, CapabilityMap, Host, Plugin } from '@ferrum/interfaces';
import { createHost } from '@ferrum/registry';

export type FakeEngines = { readonly [C in Capability]?: CapabilityMap[C] };

export interface FakeHostOptions {
  readonly idleTimeoutMs?: number;
  /** Of every engine. Default: all that the fake engine has. */
  readonly features?: readonly string[];
}

const textFeatures = ['tools', 'reasoning', 'json-object', 'json-schema', 'grammar', 'lora'];

/** A host with one engine for each capability; the model named after a capability is opened by that one, `broken` by none that works. */
export function fakeHost(engines: FakeEngines, options: FakeHostOptions = {}): Host {
  const plugin: Plugin = {
    specificationVersion: '1',
    name: 'fakes',
    version: '1.0.0',
    register: (registry) => {
      for (const [capability, engine] of Object.entries(engines)) {
        registry.register({
          specificationVersion: '1',
          id: `fakes/${capability}`,
          capability: capability as Capability,
          features: options.features ?? ['streaming', ...(capability === 'text-generation' ? textFeatures : [])],
          device: 'cpu',
          match: ({ reference }) => ({
            score: reference.split('+')[0] === capability ? 50 : 0,
            reason: 'is called like it',
          }),
          create: async ({ model }) => {
            if (model.reference.endsWith('+broken')) throw new Error('the file is broken');
            return engine;
          },
        });
      }
    },
  };
  const { features: _, ...hostOptions } = options;
  return createHost({ plugins: [plugin], ...hostOptions });
}
