import { withDefaults } from '@ferrum/server';
import type { CommandContext } from '../context.js';
import type { Configuration } from './configuration.js';
import type { PlannedModel } from './plan-models.js';

/**
 * `--print-config`: every value that the server would have, and for those that are no default who set them. Keys stay
 * hidden, as does what looks like one among the options of engines.
 */
export async function printConfiguration(
  { settings, idleTimeoutSeconds = 300, offline, sources }: Configuration,
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
  };
  await stdout.writeLine(JSON.stringify({ configuration, sources }, null, 2));
}

const hidden = '(hidden)';

function withoutSecrets(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, /key|token|secret|password/i.test(name) ? hidden : value]),
  );
}
