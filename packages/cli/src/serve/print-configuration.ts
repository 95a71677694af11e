import { withDefaults } from '@ferrum/server';
import type { CommandContext } from '../context.js';
import type { Configuration } from './configuration.js';
import type { PlannedModel } from './plan-models.js';

/**
 * `--print-config`: every value that the server would have, and for those that are no default who set them. Keys stay
 * hidden, as does what looks like one among the options of engines.
 */
export async function printConfiguration(
  { settings, idleTimeoutSeconds = 300, offline, prefer, sources }: Configuration,
  models: readonly PlannedModel[],
  { stdout }: CommandContext,
): Promise<void> {
  const resolved = withDefaults(settings);
  const configuration = {
    ...resolved,
    apiKeys: resolved.apiKeys.map((key) =>
      typeof key === 'string'
        ? hidden
        : { ...key, ...(key.key && { key: hidden }), ...(key.sha256 && { sha256: hidden }) },
    ),
    models: models.map(({ served: { options, ...served } }) => ({
      ...served,
      ...(options && { options: withoutSecrets(options) }),
    })),
    idleTimeoutSeconds,
    offline,
    prefer,
  };
  await stdout.writeLine(JSON.stringify({ configuration, sources }, null, 2));
}

const hidden = '(hidden)';

/** At any depth. */
function withoutSecrets(options: Readonly<Record<string, unknown>>): unknown {
  return JSON.parse(JSON.stringify(options, (name, value) => (isSecret(name, value) ? hidden : value)));
}

function isSecret(name: string, value: unknown): boolean {
  // Such as maxBatchedTokens.
  const isCount = typeof value === 'number' && /tokens$/i.test(name);
  return !isCount && /key|token|secret|passw|credential|authorization/i.test(name);
}
