import type { Plugin } from '@ferrum/interfaces';
import { type DiscoveredPlugins, FerrumError, type PluginDiscoveryFailure } from '@ferrum/registry';
import { asError } from './as-error.js';

/** The packages that come with the command. One that cannot be imported does not keep the others away. */
export async function loadBuiltInPlugins(): Promise<DiscoveredPlugins> {
  const plugins: Plugin[] = [];
  const failures: PluginDiscoveryFailure[] = [];
  const outcomes = await Promise.allSettled(packages.map(async ({ load }) => (await load()).plugin));
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.status === 'fulfilled') plugins.push(outcome.value);
    else failures.push(failureOf(packages[index]?.name ?? '', outcome.reason));
  }
  return { plugins, failures };
}

const packages: readonly { readonly name: string; readonly load: () => Promise<{ readonly plugin: Plugin }> }[] = [
  { name: '@ferrum/llm', load: () => import('@ferrum/llm') },
  { name: '@ferrum/embed', load: () => import('@ferrum/embed') },
  { name: '@ferrum/whisper', load: () => import('@ferrum/whisper') },
  { name: '@ferrum/tts', load: () => import('@ferrum/tts') },
];

function failureOf(name: string, reason: unknown): PluginDiscoveryFailure {
  const cause = asError(reason);
  return { package: name, error: new FerrumError('Config', `It cannot be loaded: ${cause.message}`, { cause }) };
}
