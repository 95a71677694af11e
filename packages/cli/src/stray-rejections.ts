import { inspect } from 'node:util';
import type { CommandContext } from './context.js';
import { cleanForTerminal } from './output/terminal-text.js';
import { asError } from './plugins/as-error.js';

/**
 * A plugin, or an engine of one, may leave a promise to fail alone. Node.js would end the process for it, and with it what
 * the others do; here it is told of on stderr. Returns the way to stop.
 */
export function tellOfStrayRejections({ environment, stderr, verbose }: CommandContext): () => void {
  const tell = (reason: unknown): void => {
    const error = asError(reason);
    const place = error.stack?.split('\n').find((line) => line.startsWith('    at '));
    const text = verbose ? inspect(error) : `${error.message}${place === undefined ? '' : ` (${place.trim()})`}`;
    const line = `something failed that nobody waits for: ${cleanForTerminal(text)}`;
    void stderr.writeLine(`${stderr.colors.yellow('ferrum:')} ${line}`).catch(() => {});
  };
  environment.signals.on('unhandledRejection', tell);
  return () => environment.signals.off('unhandledRejection', tell);
}
