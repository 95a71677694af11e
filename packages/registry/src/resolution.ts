import type {
  CandidateExplanation,
  Capability,
  EngineDescriptor,
  ModelManifest,
  ModelMatch,
  PluginStatus,
} from '@ferrum/interfaces';
import { FerrumError } from './errors.js';
import { type MatchLimits, matchModel } from './match-model.js';

export interface RegisteredEngine {
  readonly descriptor: EngineDescriptor;
  /** The name of the plugin that registered it. */
  readonly plugin: string;
}

export interface RankedEngine extends RegisteredEngine {
  /** 0 when the engine cannot serve the request. */
  readonly score: number;
  readonly reason: string;
  /** Place in the list of preferences, Infinity when not in it. */
  readonly preference: number;
}

export interface Wishes {
  readonly features: readonly string[];
  /** Engine ids or plugin names, most wanted first. */
  readonly prefer: readonly string[];
}

/**
 * Orders the engines of a capability, given in registration order, for a model: those that can serve it first, by
 * preference, then score, then registration order.
 */
export async function rankEngines(
  engines: readonly RegisteredEngine[],
  model: ModelManifest,
  { features, prefer }: Wishes,
  limits: MatchLimits,
): Promise<readonly RankedEngine[]> {
  const ranked = await Promise.all(
    engines.map(async ({ descriptor, plugin }) => {
      const place = prefer.findIndex((wanted) => wanted === descriptor.id || wanted === plugin);
      const preference = place === -1 ? Number.POSITIVE_INFINITY : place;
      return { descriptor, plugin, preference, ...(await suitability(descriptor, model, features, limits)) };
    }),
  );
  return ranked.sort(compare);
}

/** Says of each ranked engine why it is, or is not, the one. */
export function explainRanking(ranked: readonly RankedEngine[]): readonly CandidateExplanation[] {
  const [best] = ranked;
  return ranked.map((engine) => ({
    id: engine.descriptor.id,
    plugin: engine.plugin,
    chosen: engine === best && engine.score > 0,
    score: engine.score,
    reason: reasonBeside(best, engine),
  }));
}

/** The error of a request that no engine can serve: every candidate with the reason, every plugin that is missing. */
export function noEngineError(
  capability: Capability,
  model: string,
  ranked: readonly RankedEngine[],
  plugins: readonly PluginStatus[],
): FerrumError {
  const lines = [
    ranked.length === 0
      ? `No plugin of this host offers ${capability}; add one that does to createHost({ plugins }).`
      : `No engine for ${capability} can serve model ${model}:`,
    ...ranked.map(({ descriptor, plugin, reason }) => `- ${descriptor.id} (plugin ${plugin}): ${reason}`),
  ];
  const failed = plugins.filter((plugin) => plugin.state === 'failed');
  if (failed.length > 0) lines.push('Plugins that failed to register:');
  lines.push(...failed.map(({ name, error }) => `- ${name}: ${error.message}`));
  return new FerrumError('Unsupported', lines.join('\n'), {
    details: {
      capability,
      model,
      candidates: ranked.map(({ descriptor, plugin, reason }) => ({ id: descriptor.id, plugin, reason })),
      failedPlugins: failed.map(({ name, error }) => ({ name, message: error.message })),
    },
  });
}

async function suitability(
  descriptor: EngineDescriptor,
  model: ModelManifest,
  features: readonly string[],
  limits: MatchLimits,
): Promise<ModelMatch> {
  const lacking = features.filter((feature) => !descriptor.features.includes(feature));
  if (lacking.length > 0) {
    return { score: 0, reason: `lacks feature${lacking.length > 1 ? 's' : ''} ${lacking.join(', ')}` };
  }
  return matchModel(descriptor, model, limits);
}

function compare(a: RankedEngine, b: RankedEngine): number {
  const aServes = a.score > 0;
  const bServes = b.score > 0;
  if (aServes !== bServes) return aServes ? -1 : 1;
  // Array.prototype.sort is stable: 0 leaves registration order.
  if (!aServes) return 0;
  if (a.preference !== b.preference) return a.preference < b.preference ? -1 : 1;
  return b.score - a.score;
}

function reasonBeside(best: RankedEngine | undefined, engine: RankedEngine): string {
  if (best === undefined || engine === best || engine.score === 0) return engine.reason;
  const id = best.descriptor.id;
  if (best.preference !== engine.preference) return `${engine.reason}; ${id} is preferred`;
  if (best.score !== engine.score) return `${engine.reason}; ${id} scores higher (${best.score})`;
  return `${engine.reason}; ${id} was registered earlier`;
}
