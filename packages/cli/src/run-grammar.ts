import { type Command, Option } from 'commander';
import type { CommandContext } from './context.js';
import { addLanguageModelFlags, loraOption } from './engine-flags.js';
import { integerArgument, numberArgument } from './number-argument.js';
import { efforts, type RunFlags } from './run/run-flags.js';
import { runHelp } from './run-help-text.js';
import { collectTexts, textArgument } from './text-argument.js';

/** `ferrum run`. */
export function addRun(program: Command, context: CommandContext): void {
  const command = program
    .command('run')
    .summary('answer a prompt, or hold a conversation')
    .description('Answer a prompt, or hold a conversation. The model is downloaded first if need be.')
    .argument('<model>', 'which model (see "ferrum --help")')
    .argument('[prompt...]', 'what to ask')
    .option('--system <text>', 'instructions for the whole conversation')
    .option('--image <file>', 'show the model an image with the prompt (may be repeated)', collectTexts)
    .option('--raw', 'send the prompt without the chat template')
    .option('--json', 'tell of the answer in JSON, one object per line ("--format json" is about the answer itself)');
  addSamplingFlags(command);
  addFormatFlags(command);
  addThinkingFlags(command);
  command.optionsGroup('Tools:');
  command
    .option('--tools <file|json>', "functions that the model may ask to call, as OpenAI's API has them", textArgument)
    .option('--tool-choice <choice>', 'none, auto, required, or the function to call', textArgument);
  command.optionsGroup('Model:');
  addLanguageModelFlags(command)
    .addOption(loraOption('the answer is given with it'))
    .addHelpText('after', runHelp)
    .action(async (model: string, words: readonly string[], flags: RunFlags) =>
      (await import('./commands/run.js')).run(model, words, flags, context),
    );
}

function addSamplingFlags(command: Command): void {
  command.optionsGroup('Sampling:');
  command
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
    .option('--stop <text>', 'end the answer before this text (may be repeated)', collectTexts);
}

/** Of these one at most. */
function addFormatFlags(command: Command): void {
  command.optionsGroup('What the answer looks like:');
  command
    .addOption(new Option('--format <kind>', 'a JSON object').choices(['json']))
    .option('--schema <file|json>', 'JSON that follows this JSON Schema', textArgument)
    .option('--grammar <file|gbnf>', 'a text of this grammar, in GBNF', textArgument)
    .option('--regex <pattern>', 'a text that matches this as a whole', textArgument)
    .option('--choice <text>', 'one of these texts (may be repeated)', collectTexts);
}

function addThinkingFlags(command: Command): void {
  command.optionsGroup('Thinking, of models that do:');
  command
    .option('--think', 'think before the answer')
    .option('--no-think', 'answer at once; without either the model does as it is made to')
    .addOption(new Option('--reasoning-effort <level>', 'how much to think; "none" is --no-think').choices(efforts))
    .option(
      '--thinking-budget <tokens>',
      'longest thinking, then comes the answer; 0 is none',
      integerArgument({ minimum: 0 }),
    )
    .option('--hide-thinking', 'think, but do not show it');
}
