import { BlockList, isIPv6 } from 'node:net';
import type { Host } from '@ferrum/interfaces';
import type { CommandContext } from '../context.js';
import { formatTable } from '../output/table.js';
import { formatCount } from '../output/units.js';
import { phonemizerPackage } from '../phonemizer-plugin.js';
import type { Configuration } from './configuration.js';
import type { ModelPlan, PlannedModel } from './plan-models.js';

export interface Started {
  /** Without a slash at its end. */
  readonly url: string;
  readonly plan: ModelPlan;
  readonly configuration: Configuration;
  readonly host: Host;
}

/** Tells people what now runs, and what they should know of it. */
export async function reportStart(started: Started, { stderr, verbose }: CommandContext): Promise<void> {
  const { url, plan, configuration } = started;
  const { settings } = configuration;
  const keys = settings.apiKeys?.length ?? 0;
  const { bold, cyan, dim, yellow } = stderr.colors;
  const page = settings.playground === false ? '' : ' (the page to try it in)';
  const lines = [
    `${bold('Ferrum')} listens on ${cyan(url)}${page}; the API is ${cyan(`${url}/v1`)}, its reference ${cyan(`${url}/reference`)}`,
    formatTable(plan.models.map(rowOf)),
    keys > 0 ? `${formatCount(keys, 'API key')} open${keys === 1 ? 's' : ''} it.` : 'No API key is needed.',
    ...(verbose ? plan.skipped.map(({ reference, reason }) => dim(`left out ${reference}: ${reason}`)) : []),
    ...(plan.skipped.length > 0 && !verbose
      ? [dim(`${formatCount(plan.skipped.length, 'model')} left out; --verbose says why.`)]
      : []),
    ...(await warningsOf(started)).map((warning) => `${yellow('ferrum:')} ${warning}`),
    dim('Ctrl-C stops it once answers under way are finished; a second one at once.'),
  ];
  await stderr.writeLine(lines.join('\n'));
}

function rowOf({ served, capabilities }: PlannedModel): readonly string[] {
  const { model, id = model, aliases = [], adapters = {}, preload } = served;
  const names = Object.keys(adapters).map((name) => `${id}:${name}`);
  const notes = [
    ...(aliases.length > 0 ? [`also ${aliases.join(', ')}`] : []),
    ...(names.length > 0 ? [`adapters ${names.join(', ')}`] : []),
    ...(preload ? ['opens now'] : []),
  ];
  return [`  ${id}`, capabilities.join(', '), notes.join('; ')];
}

async function warningsOf({ configuration, plan, host }: Started): Promise<readonly string[]> {
  const { hostname = '127.0.0.1', apiKeys = [] } = configuration.settings;
  const warnings: string[] = [];
  if (apiKeys.length === 0 && !isLoopback(hostname)) {
    warnings.push(
      `everybody who reaches ${hostname} may use it: there is no API key. Set FERRUM_API_KEYS, or listen on 127.0.0.1.`,
    );
  }
  const speaks = plan.models.some(({ capabilities }) => capabilities.includes('speech'));
  if (speaks && !(await hasPhonemizer(host))) {
    warnings.push(
      `nothing turns text into phonemes, so speech is refused. "ferrum plugins add ${phonemizerPackage}" installs what does (its licence is the GPL); then start again.`,
    );
  }
  return warnings;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || loopback.check(hostname, isIPv6(hostname) ? 'ipv6' : 'ipv4');
}

/** Of the default phonemizer of models for speech. */
async function hasPhonemizer(host: Host): Promise<boolean> {
  const { candidates } = await host.explain('phonemization', { model: 'espeak-ng' }).catch(() => ({ candidates: [] }));
  return candidates.some(({ chosen }) => chosen);
}
