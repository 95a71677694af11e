import { type Command, Option } from 'commander';
import type { ExplainFlags } from './commands/plugins-explain.js';
import type { CommandContext } from './context.js';
import { offlineOption, preferOption } from './engine-flags.js';
import { everyCapability } from './plugins/capabilities.js';
import { addHelp, explainHelp, listHelp, searchHelp } from './plugins-help-text.js';
import { collectChoices, collectTexts, textArgument } from './text-argument.js';

/** `ferrum plugins` and its commands. */
export function addPluginCommands(program: Command, context: CommandContext): void {
  const plugins = program
    .command('plugins')
    .summary('list, add, remove and search for plugins, which bring other engines')
    .description('List, add, remove and search for plugins, which bring other engines.');
  plugins
    .command('list')
    .alias('ls')
    .summary('list the plugins that the command uses')
    .description(
      'List the plugins that the command uses, and the engines of each. One that is broken is listed as failed.',
    )
    .option('--json', 'one JSON object per line')
    .addHelpText('after', listHelp)
    .action(async (flags: { readonly json?: true }) =>
      (await import('./commands/plugins-list.js')).listPlugins(flags, context),
    );
  plugins
    .command('add')
    .summary('install plugins with your npm')
    .description(
      'Install plugins with your npm. Each is tried out; one that does not work is not kept. A plugin is a program that may do all that you may.',
    )
    .argument('<package...>', 'NAME, NAME@VERSION, a folder, an archive, or what else npm installs', collectTexts)
    .addHelpText('after', addHelp)
    .action(async (packages: readonly string[]) =>
      (await import('./commands/plugins-add.js')).addPlugins(packages, context),
    );
  plugins
    .command('remove')
    .alias('rm')
    .description('Remove plugins that were added.')
    .argument('<package...>', 'their names ("ferrum plugins list")', collectTexts)
    .action(async (packages: readonly string[]) =>
      (await import('./commands/plugins-remove.js')).removePlugins(packages, context),
    );
  plugins
    .command('search')
    .summary('look for plugins in the registry of your npm')
    .description('Look for plugins in the registry that your npm is set up for.')
    .argument('[word...]', 'what they should be about')
    .option('--json', 'one JSON object per line')
    .addHelpText('after', searchHelp)
    .action(async (words: readonly string[], flags: { readonly json?: true }) =>
      (await import('./commands/plugins-search.js')).searchPlugins(words, flags, context),
    );
  addExplain(plugins, context);
}

function addExplain(plugins: Command, context: CommandContext): void {
  plugins
    .command('explain')
    .summary('say which engine would open a model, and why')
    .description('Say which engine would open a model, and why not another. Opens and downloads nothing.')
    .argument('<model>', 'which model (see "ferrum --help")', textArgument)
    .addOption(
      new Option(
        '--capability <name>',
        `what it is wanted for (may be repeated); without it what it says it is for: ${everyCapability.join(', ')}`,
      ).argParser(collectChoices(everyCapability)),
    )
    .option('--feature <name>', 'what the engine must be able to do (may be repeated)', collectTexts)
    .addOption(preferOption())
    .addOption(offlineOption())
    .option('--json', 'a JSON object')
    .addHelpText('after', explainHelp)
    .action(async (model: string, flags: ExplainFlags) =>
      (await import('./commands/plugins-explain.js')).explainPlugins(model, flags, context),
    );
}
