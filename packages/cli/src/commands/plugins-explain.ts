import type { Capability, Explanation, Host } from '@ferrum/interfaces';
import type { FerrumModelStore } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from '../context.js';
import { writeJsonLine } from '../output/json-line.js';
import { formatTable } from '../output/table.js';
import { cleanForTerminal } from '../output/terminal-text.js';
import { everyCapability } from '../plugins/capabilities.js';
import { findPlugins } from '../plugins/find-plugins.js';
import type { FailedPlugin } from '../plugins/plugin-report.js';
import { registerPlugins } from '../plugins/register-plugins.js';
import { requirePreferred } from '../plugins/require-preferred.js';

export interface ExplainFlags {
  readonly capability?: readonly Capability[];
  readonly feature?: readonly string[];
  readonly prefer?: readonly string[];
  readonly offline?: true;
  readonly json?: true;
}

/** `ferrum plugins explain`: which engine would open a model, and why not another. Opens none. */
export async function explainPlugins(model: string, flags: ExplainFlags, context: CommandContext): Promise<void> {
  const { environment, signal, stdout, stderr } = context;
  const store = await environment.openStore({ offline: flags.offline === true });
  const found = await findPlugins(context, { home: store.home, phonemizer: true });
  const { host, reports } = await registerPlugins(found, { models: store, signal });
  let explanations: readonly Explanation[];
  try {
    requirePreferred(flags.prefer ?? [], reports);
    const capabilities = flags.capability ?? (await capabilitiesOf(model, store));
    explanations = await explainAll(model, capabilities, flags, host, signal);
  } finally {
    await host.dispose();
  }
  const failed = reports.filter((report): report is FailedPlugin => report.state === 'failed');
  if (flags.json) {
    await writeJsonLine(stdout, {
      model,
      explanations: explanations.map(({ capability, candidates }) => ({ capability, candidates })),
      failedPlugins: failed.map(({ name, source, error }) => ({ name, source, error })),
    });
    return;
  }
  if (explanations.length === 0) {
    await stderr.writeLine(
      `${model} is opened by the models that use it. --capability asks for an engine all the same.`,
    );
  }
  const sections = [...explanations.map(renderExplanation), ...(failed.length > 0 ? [renderFailures(failed)] : [])];
  if (sections.length > 0) await stdout.writeLine(cleanForTerminal(sections.join('\n\n')));
}

/** What the model says it is for; anything, where it does not say, or may be known to an engine alone. */
async function capabilitiesOf(model: string, store: FerrumModelStore): Promise<readonly Capability[]> {
  try {
    return (await store.inspect(model)).capabilities ?? everyCapability;
  } catch (error) {
    if (FerrumError.isInstance(error) && error.code === 'NotFound') return everyCapability;
    throw error;
  }
}

async function explainAll(
  model: string,
  capabilities: readonly Capability[],
  { feature, prefer }: ExplainFlags,
  host: Host,
  signal: AbortSignal,
): Promise<readonly Explanation[]> {
  const request = { model, signal, ...(feature && { features: feature }), ...(prefer && { prefer }) };
  const outcomes = await Promise.allSettled(capabilities.map((capability) => host.explain(capability, request)));
  const explanations = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  // A model that only an engine knows is unknown to the store, which is asked for the other capabilities.
  const isKnown = explanations.some(({ candidates }) => candidates.length > 0);
  const [failure] = failures.filter((error) => !isKnown || !isNotFound(error));
  if (failure !== undefined) throw failure;
  return explanations;
}

function isNotFound(error: unknown): boolean {
  return FerrumError.isInstance(error) && error.code === 'NotFound';
}

function renderExplanation({ capability, candidates }: Explanation): string {
  if (candidates.length === 0) return `${capability}\n  no plugin here offers it`;
  const rows = candidates.map(({ id, score, chosen, reason }) => [
    chosen ? '→' : ' ',
    id,
    String(score),
    reason.replaceAll('\n', ' '),
  ]);
  return `${capability}\n${indent(formatTable([[' ', 'ENGINE', 'SCORE', 'REASON'], ...rows]))}`;
}

function renderFailures(failed: readonly FailedPlugin[]): string {
  return `Plugins that failed\n${indent(failed.map(({ name, error }) => `${name}: ${error}`).join('\n'))}`;
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
