import { Command } from 'commander';
import { addBench } from './bench-grammar.js';
import type { CommandContext } from './context.js';
import { addEmbed, addRerank } from './embed-grammar.js';
import type { ExitCode } from './exit-code.js';
import { exitCodes } from './exit-code.js';
import { programHelp } from './help-text.js';
import { addPluginCommands } from './plugins-grammar.js';
import { addRun } from './run-grammar.js';
import { addServe } from './serve-grammar.js';
import { addSpeak, addVoices } from './speak-grammar.js';
import { addTranscribe } from './transcribe-grammar.js';
import { readVersion } from './version.js';

export interface Program {
  /** @throws CommanderError whose message is already written; or whatever the command fails with. */
  run(commandLine: readonly string[]): Promise<ExitCode>;
}

/** The grammar of the command line. What a command does is imported when it is asked for. */
export function createProgram(context: CommandContext): Program {
  let exitCode: ExitCode = exitCodes.success;
  const program = new Command('ferrum')
    .description(
      'Run language models, embeddings, transcription and speech in this terminal: no server, no account, no GPU needed.',
    )
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
  addEmbed(program, context);
  addRerank(program, context);
  addTranscribe(program, context, (code) => {
    exitCode = code;
  });
  addSpeak(program, context);
  addVoices(program, context);
  addServe(program, context, (code) => {
    exitCode = code;
  });
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
  addPluginCommands(program, context);
  addBench(program, context);

  return {
    run: async (commandLine) => {
      await program.parseAsync([...commandLine], { from: 'user' });
      return exitCode;
    },
  };
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
