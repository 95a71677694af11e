import { type FakeServer, type FakeServerOptions, startFakeServer } from './fake-openai-server.js';
import { type CommandOptions, type CommandResult, runCommand } from './run-command.js';

/** Flags of a brief case. */
export const small = ['--requests', '6', '--max-tokens', '5', '--prompt-tokens', '20', '--warmup', '1'];

/** Runs `ferrum bench serve` against a fake server, which is closed then. */
export async function benchServe(
  flags: readonly string[],
  server: FakeServerOptions = {},
  command: CommandOptions = {},
  path = '',
): Promise<CommandResult & { readonly fake: FakeServer }> {
  const fake = await startFakeServer(server);
  try {
    return { ...(await runCommand(['bench', 'serve', fake.url + path, ...flags], command)), fake };
  } finally {
    await fake[Symbol.asyncDispose]();
  }
}

/** The same for two clients and a few requests, and the line that `--json` prints of it. */
export async function serveLine(...[flags, ...rest]: Parameters<typeof benchServe>) {
  const result = await benchServe(['--concurrency', '2', '--json', ...small, ...flags], ...rest);
  const [line] = result.stdout.split('\n');
  return { ...result, line: JSON.parse(line ?? '') };
}
