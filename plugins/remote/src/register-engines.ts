import type {
  CapabilityMap,
  EngineContext,
  EngineDescriptor,
  ModelManifest,
  ModelMatch,
  PluginRegistry,
} from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { type CheckedConfig, type CheckedModel, checkConfig, defaultModel } from './config/check-config.js';
import type { RemoteCapability, RemoteConfig } from './config/remote-config.js';
import { featuresOf } from './features.js';
import { ServerGroup } from './http/server-group.js';
import { openRemoteEngine } from './open-remote-engine.js';

const capabilities: readonly RemoteCapability[] = [
  'text-generation',
  'embedding',
  'reranking',
  'transcription',
  'speech',
];

/** Prefix of references to models by the servers' own names. */
const scheme = 'remote';

/**
 * @param source where the configuration is from, for people
 * @throws FerrumError `Config`
 */
export function registerEngines(registry: PluginRegistry, config: RemoteConfig, source?: string): void {
  const checked = checkConfig(config, source);
  const servers = new ServerGroup(checked, process.env);
  for (const capability of capabilities) {
    for (const offer of offersOf(capability, checked)) registry.register(descriptorOf(capability, offer, servers));
  }
}

/** Models that one descriptor stands for: those with the same features, since a descriptor tells one set of them. */
interface Offer {
  readonly id: string;
  readonly features: readonly string[];
  /** By the names of the configuration. */
  readonly models: readonly string[];
  /** Whether models that the configuration does not name are among them. */
  readonly hasOthers: boolean;
}

/** The one of the usual features first; then one for each model with features of its own, named after it. */
function offersOf(capability: RemoteCapability, { models, name: plugin, api }: CheckedConfig): readonly Offer[] {
  const id = `${plugin}/${capability}`;
  const usual = featuresOf(defaultModel(capability), api);
  const named = Object.entries(models)
    .filter(([, model]) => model.capability === capability)
    .map(([name, model]) => ({ name, features: featuresOf(model, api) }));
  const isUsual = ({ features }: { readonly features: readonly string[] }) => isSameSet(features, usual);
  return [
    { id, features: usual, models: named.filter(isUsual).map(({ name }) => name), hasOthers: true },
    ...named
      .filter((model) => !isUsual(model))
      .map(({ name, features }) => ({ id: `${id}/${name}`, features, models: [name], hasOthers: false })),
  ];
}

function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  return new Set(some).size === new Set(others).size && some.every((one) => others.includes(one));
}

function descriptorOf<C extends RemoteCapability>(
  capability: C,
  offer: Offer,
  servers: ServerGroup,
): EngineDescriptor<C> {
  return {
    specificationVersion: '1',
    id: offer.id,
    capability,
    features: offer.features,
    models: offer.models,
    ...(offer.hasOthers && { schemes: [scheme] }),
    device: 'remote',
    match: (manifest) => match(manifest, capability, offer, servers),
    create: async ({ model: manifest, options, signal }: EngineContext) => {
      const found = find(manifest, capability, servers);
      if (found === undefined || !isOffered(found, offer)) {
        throw new FerrumError(
          'NotFound',
          `${manifest.reference}: ${match(manifest, capability, offer, servers).reason}.`,
        );
      }
      return (await openRemoteEngine(found, { manifest, servers, options, signal })) as CapabilityMap[C];
    },
  };
}

function isOffered({ name }: FoundModel, { models, hasOthers }: Offer): boolean {
  return name === undefined ? hasOthers : models.includes(name);
}

export interface FoundModel {
  readonly model: CheckedModel;
  /** As the configuration calls it, if it does. */
  readonly name?: string;
  /** As the servers call it. */
  readonly remoteModel: string;
}

function find(
  { reference, name }: ModelManifest,
  capability: RemoteCapability,
  servers: ServerGroup,
): FoundModel | undefined {
  const { models } = servers.config;
  for (const known of [reference, name]) {
    if (known === undefined || !Object.hasOwn(models, known)) continue;
    const model = models[known];
    return model?.capability === capability ? { model, name: known, remoteModel: model.name ?? known } : undefined;
  }
  const remoteModel = reference.startsWith(`${scheme}:`) ? reference.slice(scheme.length + 1) : '';
  if (remoteModel === '' || servers.serversOf(remoteModel).length === 0) return undefined;
  return { model: defaultModel(capability), remoteModel };
}

function match(manifest: ModelManifest, capability: RemoteCapability, offer: Offer, servers: ServerGroup): ModelMatch {
  const found = find(manifest, capability, servers);
  if (found !== undefined && !isOffered(found, offer)) {
    return { score: 0, reason: offer.hasOthers ? 'has features of its own' : `is for ${offer.models.join(', ')}` };
  }
  if (found !== undefined) {
    const count = servers.serversOf(found.remoteModel).length;
    return { score: 90, reason: `is ${found.remoteModel} on ${count === 1 ? 'a server' : `${count} servers`}` };
  }
  const { reference, name = reference } = manifest;
  const { models } = servers.config;
  const known = [reference, name].find((each) => Object.hasOwn(models, each));
  const other = known === undefined ? undefined : models[known];
  if (other !== undefined) return { score: 0, reason: `the configuration has it for ${other.capability}` };
  if (reference.startsWith(`${scheme}:`)) return { score: 0, reason: 'no server is said to have it' };
  return { score: 0, reason: 'is neither in the configuration nor remote:NAME' };
}
