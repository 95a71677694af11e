import type { Capability, CapabilityMap, Host, Plugin, PluginRegistry } from '@ferrum/interfaces';
import { createHost, definePlugin, type HostOptions } from '@ferrum/registry';

/** An engine for each capability: itself, or what opens one each time, slowly or with an error if a test wants it so. */
export type MockEngines = {
  readonly [C in Capability]?: CapabilityMap[C] | ((model: string) => CapabilityMap[C] | Promise<CapabilityMap[C]>);
};

export interface MockPluginOptions {
  readonly engines: MockEngines;
  /** Default `mock-plugin`; the engines' ids are `mock-plugin/embedding` and so on. */
  readonly name?: string;
  /** Of the descriptors, by capability. Default: none. */
  readonly features?: { readonly [C in Capability]?: readonly string[] };
  /** Whether the plugin's engines open a model. Default: every one. */
  readonly opens?: (model: string, capability: Capability) => boolean;
}

/** A plugin of mocks. */
export function mockPlugin(options: MockPluginOptions): Plugin {
  const { engines, name = 'mock-plugin' } = options;
  return definePlugin({
    specificationVersion: '1',
    name,
    version: '0.0.0',
    register: (registry) => {
      for (const capability of Object.keys(engines) as Capability[]) register(registry, capability, options);
    },
  });
}

/** A host of one plugin of mocks: `mockHost({ engines: { embedding: mockEmbedder().engine } })`. */
export function mockHost(options: MockPluginOptions & Omit<HostOptions, 'plugins'>): Host {
  const { engines, name, features, opens, ...hostOptions } = options;
  const plugin = mockPlugin({ engines, ...(name && { name }), ...(features && { features }), ...(opens && { opens }) });
  return createHost({ plugins: [plugin], ...hostOptions });
}

function register<C extends Capability>(registry: PluginRegistry, capability: C, options: MockPluginOptions): void {
  const { engines, name = 'mock-plugin', features = {}, opens = () => true } = options;
  const engine = engines[capability];
  registry.register({
    specificationVersion: '1',
    id: `${name}/${capability}`,
    capability,
    features: features[capability] ?? [],
    device: 'cpu',
    match: ({ reference }) =>
      opens(reference, capability)
        ? { score: 50, reason: 'mocks open what the test lets them' }
        : { score: 0, reason: 'the test does not let the mock open it' },
    create: async ({ model }) =>
      (typeof engine === 'function' ? await engine(model.reference) : engine) as CapabilityMap[C],
  });
}
