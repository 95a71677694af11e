import { type Command, Option } from 'commander';
import type { CommandContext } from './context.js';
import { addServedModelFlags } from './engine-flags.js';
import type { ExitCode } from './exit-code.js';
import type { ServeFlags } from './serve/serve-flags.js';
import { type ServeSetting, serveSettings } from './serve/serve-settings.js';
import { serveHelp } from './serve-help-text.js';
import { textArgument } from './text-argument.js';

/** `ferrum serve`. */
export function addServe(program: Command, context: CommandContext, onExit: (code: ExitCode) => void): void {
  const command = program
    .command('serve')
    .summary('answer over HTTP, as the OpenAI API does')
    .description(
      'Serve models over HTTP in the shapes of the OpenAI API. They are downloaded first if need be, and opened when first asked for.',
    )
    .argument(
      '[model...]',
      'NAME or ALIAS=NAME, what clients call it; without any, those of the configuration file, or all here',
    )
    .option(
      '--config <file>',
      'without it ferrum.config.ts, .mts, .js, .mjs or .json here (FERRUM_CONFIG)',
      textArgument,
    )
    .option('--print-config', 'print what all of this comes to as JSON, keys hidden, and exit');
  addSettings(command, 'Listening');
  addSettings(command, 'Access');
  command.option(
    '--api-key-file <file>',
    'a key, or sha256:HEX of one, on each line (FERRUM_API_KEY_FILE)',
    textArgument,
  );
  addSettings(command, 'Limits');
  addSettings(command, 'Models');
  command.option('--preload', 'open every model at the start (FERRUM_PRELOAD)');
  addServedModelFlags(command);
  addSettings(command, 'Output');
  command.addHelpText('after', serveHelp).action(async (models: readonly string[], flags: ServeFlags) => {
    onExit(await (await import('./commands/serve.js')).serve(models, flags, context));
  });
}

function addSettings(command: Command, group: ServeSetting['group']): void {
  command.optionsGroup(`${group}:`);
  for (const { flag, description, variable, kind, parse } of serveSettings.filter(
    (setting) => setting.group === group,
  )) {
    const option = new Option(flag, `${description} (${variable})`);
    if (kind === 'value') option.argParser(parse);
    if (kind === 'list') option.argParser((text, earlier: readonly unknown[] = []) => [...earlier, parse(text)]);
    command.addOption(option);
  }
}
