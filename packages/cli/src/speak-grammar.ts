import { type Command, InvalidArgumentError, Option } from 'commander';
import type { SpeakFlags } from './commands/speak.js';
import type { VoicesFlags } from './commands/voices.js';
import type { CommandContext } from './context.js';
import { addSpeechModelFlags, offlineOption } from './engine-flags.js';
import { integerArgument, numberArgument } from './number-argument.js';
import { formatsWithBitRate, speechFormats } from './speak/audio-formats.js';
import { speakHelp, voicesHelp } from './speech-help-text.js';
import { textArgument } from './text-argument.js';

/** What `speak` and `bench speak` open when no model is named: the fastest. */
export const defaultSpeechModel = 'piper:en_US-joe-medium';

const notNegative = numberArgument({ minimum: 0 });
const positive = numberArgument({ minimum: 0, aboveMinimum: true });

/** `ferrum speak`. */
export function addSpeak(program: Command, context: CommandContext): void {
  const command = program
    .command('speak')
    .summary('turn text into speech')
    .description('Turn text into speech, which begins before it is finished. The model is downloaded first if need be.')
    .argument('[text...]', 'what to say; without it, or for "-", standard input, spoken as it comes')
    .addOption(
      new Option('--model <model>', 'which model (see "ferrum --help")')
        .argParser(textArgument)
        .default(defaultSpeechModel),
    )
    .addOption(voiceOption())
    .option('--language <tag>', 'what the text is written in, as "en-GB"; without it the voice\'s', textArgument)
    .option('--speed <factor>', '2 is twice as fast; without it 1', positive)
    .option('--words', 'print when each word is said: start, end (seconds) and word')
    .option('--json', 'one JSON object per line')
    .optionsGroup('Output:')
    .option(
      '-o, --output <file>',
      'write to a file, which appears once it is whole; "-" is standard output',
      textArgument,
    )
    .option('--play', 'play it with the first player on the PATH; writes no file unless -o names one')
    .addOption(new Option('--format <kind>', 'without it by the ending of the file, else wav').choices(speechFormats))
    .option('--sample-rate <hertz>', "of the file; without it the model's", integerArgument({ minimum: 1 }))
    .option('--bit-rate <rate>', `of ${formatsWithBitRate.join(', ')} in bits a second, as 64000 or 64k`, bitRate)
    .option(
      '--loudness <LUFS>',
      'level of the speech; without it as the model speaks',
      numberArgument({ minimum: -70, maximum: -5 }),
    )
    .optionsGroup('Manner:')
    .option('--seed <number>', 'same seed, same sound', integerArgument({ minimum: 0 }))
    .option('--noise-scale <value>', "how much the sound varies, 0 not at all; without it the voice's", notNegative)
    .option(
      '--duration-noise-scale <value>',
      "how much the length of sounds varies, 0 not at all; without it the voice's",
      notNegative,
    )
    .option('--length-scale <factor>', "how long each sound is, before --speed; without it the voice's", positive)
    .option('--sentence-pause <seconds>', 'silence between sentences; without it 0.3', notNegative)
    .addOption(
      new Option('--emoji <policy>', 'leave them out, or say their names; without it "drop"').choices(['drop', 'name']),
    )
    .optionsGroup('Engine:');
  addSpeechModelFlags(command)
    .addHelpText('after', speakHelp)
    .action(async (words: readonly string[], flags: SpeakFlags) =>
      (await import('./commands/speak.js')).speak(words, flags, context),
    );
}

/** `ferrum voices`. */
export function addVoices(program: Command, context: CommandContext): void {
  program
    .command('voices')
    .summary('list the voices of models for speech')
    .description(
      'List the voices of a model for speech, which is downloaded first if need be; or of all on this machine.',
    )
    .argument('[model]', 'which model (see "ferrum --help")')
    .option('--language <tag>', 'only voices of this language, as "en" or "en-GB"', textArgument)
    .addOption(offlineOption())
    .option('--json', 'one JSON object per line')
    .addHelpText('after', voicesHelp)
    .action(async (model: string | undefined, flags: VoicesFlags) =>
      (await import('./commands/voices.js')).voices(model, flags, context),
    );
}

export function voiceOption(): Option {
  return new Option(
    '--voice <name>',
    'a voice of the model ("ferrum voices MODEL"), or a blend where it can: af_heart*0.6+am_adam*0.4',
  ).argParser(textArgument);
}

function bitRate(text: string): number {
  const [, digits, thousand] = /^(\d+)(k?)$/i.exec(text) ?? [];
  const rate = Number(digits) * (thousand ? 1000 : 1);
  if (Number.isSafeInteger(rate) && rate > 0) return rate;
  throw new InvalidArgumentError('It must be a number of bits a second, such as 64000 or 64k.');
}
