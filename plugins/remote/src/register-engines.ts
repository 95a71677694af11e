import type {
  CapabilityMap,
  EngineContext,
  EngineDescriptor,
  ModelManifest,
  ModelMatch,
  PluginRegistry,
} from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { type CheckedModel, checkConfig, defaultModel } from './config/check-config.js';
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

/** @throws FerrumError `Config` */
export function registerEngines(registry: PluginRegistry, config: RemoteConfig): void {
  const checked = checkConfig(config);
  const servers = new ServerGroup(checked, process.env);
  for (const capability of capabilities) registry.register(descriptorOf(capability, servers));
}

function descriptorOf<C extends RemoteCapability>(capability: C, servers: ServerGroup): EngineDescriptor<C> {
  const { config } = servers;
  const named = Object.entries(config.models).filter(([, model]) => model.capability === capability);
  return {
    specificationVersion: '1',
    id: `${config.name}/${capability}`,
    capability,
    features: featuresOf(capability, config),
    models: named.map(([name]) => name),
    schemes: [scheme],
    device: 'remote',
    match: (manifest) => match(manifest, capability, servers),
    create: async ({ model: manifest, options, signal }: EngineContext) => {
      const found = find(manifest, capability, servers);
      if (found === undefined) {
        throw new FerrumError('NotFound', `${manifest.reference}: ${match(manifest, capability, servers).reason}.`);
      }
      return (await openRemoteEngine(found, { manifest, servers, options, signal })) as CapabilityMap[C];
    },
  };
}

export interface FoundModel {
  readonly model: CheckedModel;
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
    return model?.capability === capability ? { model, remoteModel: model.name ?? known } : undefined;
  }
  const remoteModel = reference.startsWith(`${scheme}:`) ? reference.slice(scheme.length + 1) : '';
  if (remoteModel === '' || servers.serversOf(remoteModel).length === 0) return undefined;
  return { model: defaultModel(capability), remoteModel };
}

function match(manifest: ModelManifest, capability: RemoteCapability, servers: ServerGroup): ModelMatch {
  const found = find(manifest, capability, servers);
  if (found !== undefined) {
    const count = servers.serversOf(found.remoteModel).length;
    return { score: 90, reason: `is ${found.remoteModel} on ${count === 1 ? 'a server' : `${count} servers`}` };
  }
  const { reference, name = reference } = manifest;
  const other = servers.config.models[reference] ?? servers.config.models[name];
  if (other !== undefined) return { score: 0, reason: `the configuration has it for ${other.capability}` };
  if (reference.startsWith(`${scheme}:`)) return { score: 0, reason: 'no server is said to have it' };
  return { score: 0, reason: 'is neither in the configuration nor remote:NAME' };
}
