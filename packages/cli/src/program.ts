import { Command, InvalidArgumentError, Option } from 'commander';
import type { BenchLlmFlags } from './commands/bench.js';
import type { RunFlags } from './commands/run.js';
import type { CommandContext } from './context.js';
import { addEngineFlags } from './engine-flags.js';
import type { ExitCode } from './exit-code.js';
import { exitCodes } from './exit-code.js';
import { benchLlmHelp, programHelp, runHelp } from './help-text.js';
import { integerArgument, integerListArgument, numberArgument } from './number-argument.js';
import { readVersion } from './version.js';

export interface Program {
  /** @throws CommanderError whose message is already written; or whatever the command fails with. */
  run(commandLine: readonly string[]): Promise<ExitCode>;
}

/** The grammar of the command line. What a command does is imported when it is asked for. */
export function createProgram(context: CommandContext): Program {
  let exitCode: ExitCode = exitCodes.success;
  const program = new Command('ferrum')
    .description('Run language models in this terminal: no server, no account, no GPU needed.')
    .version(readVersion(), '--version', 'print the version')
    .option('--verbose', 'show the speed, and where an error comes from')
    .helpOption('-h, --help', 'explain a command')
    .exitOverride()
    .configureOutput(outputConfiguration(context))
    // Relative paths begin there: without it one step after another would fail in words of its own.
    .hook('preAction', () => void context.environment.workingDirectory())
    .showHelpAfterError('(ferrum --help lists the commands and flags)')
    .addHelpText('after', programHelp);

  addRun(program, context);
  program
    .command('pull')
    .summary('download a model')
    .description('Download a model and check it. An interrupted download goes on where it stopped.')
    .argument('<model>', 'which model (see "ferrum --help")')
    .action(async (model: string) => (await import('./commands/pull.js')).pull(model, context));
  program
    .command('list')
    .alias('ls')
    .description('List the models on this machine.')
    .option('--available', 'list the catalogue instead')
    .option('--json', 'one JSON object per line')
    .action(async (flags: { readonly available?: true; readonly json?: true }) =>
      (await import('./commands/list.js')).list(flags, context),
    );
  program
    .command('show')
    .summary('show what is known of a model')
    .description(
      'Show what is known of a model, whether it is on this machine or not: sources, files, licence, sampling.',
    )
    .argument('<model>', 'which model')
    .option('--json', 'a JSON object')
    .action(async (model: string, flags: { readonly json?: true }) =>
      (await import('./commands/show.js')).show(model, flags, context),
    );
  program
    .command('rm')
    .description('Remove models from this machine.')
    .argument('<model...>', 'which models')
    .action(async (models: readonly string[]) => (await import('./commands/remove.js')).remove(models, context));
  program
    .command('doctor')
    .summary('say what is installed, what is wrong, and how to mend it')
    .description(
      'Say what is installed, what is wrong, and how to mend it. Uses no network. Exit code 1 when something is broken.',
    )
    .option('--json', 'a JSON object')
    .action(async (flags: { readonly json?: true }) => {
      exitCode = await (await import('./commands/doctor.js')).doctor(flags, context);
    });
  addBench(program, context);

  return {
    run: async (commandLine) => {
      await program.parseAsync([...commandLine], { from: 'user' });
      return exitCode;
    },
  };
}

function addRun(program: Command, context: CommandContext): void {
  const command = program
    .command('run')
    .summary('answer a prompt, or hold a conversation')
    .description('Answer a prompt, or hold a conversation. The model is downloaded first if need be.')
    .argument('<model>', 'which model (see "ferrum --help")')
    .argument('[prompt...]', 'what to ask')
    .option('--system <text>', 'instructions for the whole conversation')
    .option('--max-tokens <count>', 'longest answer, in tokens', integerArgument({ minimum: 1 }))
    .option(
      '--temperature <value>',
      'how freely to choose: 0 takes the likeliest token',
      numberArgument({ minimum: 0 }),
    )
    .option(
      '--top-p <fraction>',
      'choose among the likeliest tokens that together reach this probability',
      numberArgument({ minimum: 0, aboveMinimum: true, maximum: 1 }),
    )
    .option('--top-k <count>', 'choose among this many tokens', integerArgument({ minimum: 1 }))
    .option('--seed <number>', 'same seed, same answer', integerArgument({ minimum: 0 }))
    .option('--stop <text>', 'end the answer before this text (may be repeated)', collectTexts)
    .option('--raw', 'send the prompt without the chat template')
    .option('--json', 'one JSON object per line');
  addEngineFlags(command)
    .addHelpText('after', runHelp)
    .action(async (model: string, words: readonly string[], flags: RunFlags) =>
      (await import('./commands/run.js')).run(model, words, flags, context),
    );
}

function addBench(program: Command, context: CommandContext): void {
  const bench = program
    .command('bench')
    .summary('measure the speed of a model on this machine')
    .description('Measure the speed of a model on this machine.');
  const llm = bench
    .command('llm')
    .summary('measure a language model')
    .description(
      'Measure a language model: greedy streams that are started together and read to their end. ' +
        'The model is downloaded first if need be.',
    )
    .argument('<model>', 'which model (see "ferrum --help")')
    .addOption(
      new Option('--concurrency <counts>', 'streams at a time; several numbers (1,4,8) are a case each')
        .argParser(integerListArgument({ minimum: 1 }))
        .default([1], '1'),
    )
    .option('--prompt-tokens <count>', 'length of each prompt, in tokens', integerArgument({ minimum: 1 }), 64)
    .option('--max-tokens <count>', 'length of each answer, in tokens', integerArgument({ minimum: 1 }), 128)
    .option('--repeats <count>', 'measurements of each case, beside one to warm up', integerArgument({ minimum: 1 }), 5)
    .option('--json', 'one JSON object per case');
  addEngineFlags(llm)
    .addHelpText('after', benchLlmHelp)
    .action(async (model: string, flags: BenchLlmFlags) =>
      (await import('./commands/bench.js')).benchLlm(model, flags, context),
    );
}

function collectTexts(text: string, earlier: readonly string[] = []): readonly string[] {
  if (text === '') throw new InvalidArgumentError('It must have at least one character.');
  return [...earlier, text];
}

function outputConfiguration({ stdout, stderr }: CommandContext) {
  const columns = ({ stream, isTerminal }: CommandContext['stdout']) => (isTerminal ? (stream.columns ?? 80) : 100);
  return {
    // A reader that has gone (`ferrum --help | head -1`) is no error.
    writeOut: (text: string) => void stdout.write(text).catch(() => {}),
    writeErr: (text: string) => void stderr.write(text).catch(() => {}),
    outputError: (text: string, write: (text: string) => void) => {
      write(`${stderr.colors.red('ferrum:')} ${text.replace(/^error: /, '')}`);
    },
    getOutHelpWidth: () => columns(stdout),
    getErrHelpWidth: () => columns(stderr),
  };
}
