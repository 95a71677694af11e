import { type Command, Option } from 'commander';
import type { TranscribeFlags } from './commands/transcribe.js';
import type { CommandContext } from './context.js';
import { addTranscriptionModelFlags } from './engine-flags.js';
import type { ExitCode } from './exit-code.js';
import { transcribeHelp } from './help-text.js';
import { integerArgument, integerListArgument, numberArgument, numberListArgument, orNone } from './number-argument.js';
import { textArgument } from './text-argument.js';
import { collectClips } from './transcribe/clip-argument.js';
import { collectFormats, formatChoices } from './transcribe/transcription-formats.js';

/** What `transcribe` and `bench transcribe` open when no model is named: the smallest that knows every language. */
export const defaultTranscriptionModel = 'whisper:base';

const atLeastOne = integerArgument({ minimum: 1 });
const share = numberArgument({ minimum: 0, maximum: 1 });
const seconds = numberArgument({ minimum: 0 });
const positive = numberArgument({ minimum: 0, aboveMinimum: true });

/** `ferrum transcribe`. */
export function addTranscribe(program: Command, context: CommandContext, onExit: (code: ExitCode) => void): void {
  const command = program
    .command('transcribe')
    .summary('turn speech into text and subtitles')
    .description(
      'Turn speech into text and subtitles. WAV, MP3, FLAC, Ogg, Opus, WebM and M4A files; the model is downloaded first if need be.',
    )
    .argument('<file...>', 'audio files; "-" is standard input')
    .addOption(modelOption())
    .option('--language <name>', 'what is spoken, as "es" or "Spanish"; without it detected', textArgument)
    .addOption(
      new Option('--task <kind>', 'write what is said, or translate it to English').choices([
        'transcribe',
        'translate',
      ]),
    )
    .addOption(
      new Option(
        '--format <kinds>',
        `what to write; without it text; several, or "all", into --output-dir: ${formatChoices.join(', ')}`,
      ).argParser(collectFormats),
    )
    .option('--output-dir <folder>', 'write files there, named after the audio', textArgument)
    .option('--word-timestamps', 'find when each word is said')
    .option('--vad', 'leave out what is not speech')
    .option('--json', 'one JSON object per line');
  addSubtitleFlags(command);
  addDecodingFlags(command);
  addSpeechFlags(command);
  command.optionsGroup('Engine:');
  addTranscriptionModelFlags(command)
    .addHelpText('after', transcribeHelp)
    .action(async (files: readonly string[], flags: TranscribeFlags) =>
      onExit(await (await import('./commands/transcribe.js')).transcribe(files, flags, context)),
    );
}

export function modelOption(): Option {
  return new Option('--model <model>', 'which model (see "ferrum --help")')
    .argParser(textArgument)
    .default(defaultTranscriptionModel);
}

function addSubtitleFlags(command: Command): void {
  command
    .optionsGroup('Subtitles (srt and vtt; these turn --word-timestamps on):')
    .addOption(
      new Option('--max-line-width <characters>', 'break lines that are longer')
        .argParser(atLeastOne)
        .conflicts('maxWordsPerLine'),
    )
    .option('--max-line-count <lines>', 'lines of a subtitle, with --max-line-width', atLeastOne)
    .option('--max-words-per-line <words>', 'words of a subtitle', atLeastOne)
    .option('--highlight-words', 'underline each word while it is said');
}

function addDecodingFlags(command: Command): void {
  command
    .optionsGroup('Decoding:')
    .option('--beam-size <beams>', 'beams at temperature 0, 1 is greedy; without it 5', rows)
    .option('--best-of <candidates>', 'candidates at higher temperatures; without it 5', rows)
    .option('--patience <factor>', 'end with so many times --beam-size finished beams; without it 1', positive)
    .option(
      '--length-penalty <exponent>',
      'of the length a score is divided by; without it 1',
      numberArgument({ minimum: -10, maximum: 10 }),
    )
    .option('--repetition-penalty <factor>', 'above 1 makes repeated tokens less likely; without it 1', positive)
    .addOption(
      notNegated(
        new Option('--no-repeat-ngram-size <tokens>', 'write no sequence of so many tokens twice; without it 0: off'),
      ).argParser(integerArgument({ minimum: 0 })),
    )
    .option(
      '--temperature <values>',
      'tried in turn until the thresholds are kept; without it 0,0.2,0.4,0.6,0.8,1',
      numberListArgument({ minimum: 0, maximum: 10 }),
    )
    .option(
      '--compression-ratio-threshold <ratio>',
      'text that compresses more has failed, "none" is off; without it 2.4',
      orNone(positive),
    )
    .option(
      '--logprob-threshold <value>',
      'text with a lower mean log-probability has failed, "none" is off; without it -1',
      orNone(numberArgument()),
    )
    .addOption(
      notNegated(
        new Option(
          '--no-speech-threshold <probability>',
          'failed text more likely to be no speech is left out, "none" is off; without it 0.6',
        ),
      ).argParser(orNone(share)),
    )
    .option('--no-condition-on-previous-text', 'do not tell a window the text before it')
    .option('--prompt-reset-on-temperature <value>', 'forget the text of hotter windows; without it 0.5', seconds)
    .option('--initial-prompt <text>', 'text to be taken as said before the audio')
    .addOption(new Option('--prefix <text>', 'what the text of the first window starts with').conflicts('hotwords'))
    .option('--hotwords <words>', 'words to expect')
    .option('--suppress-tokens <ids>', 'never written; -1 stands for signs of no speech, "none" is off', suppressed)
    .option('--no-suppress-blank', 'let text start blank')
    .option('--without-timestamps', 'a segment for each window')
    .option(
      '--max-initial-timestamp <seconds>',
      'latest start of the first segment of a window; without it 1',
      numberArgument({ minimum: 0, maximum: 30 }),
    )
    .option('--max-new-tokens <count>', 'most tokens of a window', atLeastOne)
    .option(
      '--hallucination-silence-threshold <seconds>',
      'leave out doubtful text beside a longer silence (turns --word-timestamps on)',
      positive,
    )
    .option('--prepend-punctuations <characters>', 'joined to the word after them')
    .option('--append-punctuations <characters>', 'joined to the word before them');
}

function addSpeechFlags(command: Command): void {
  const milliseconds = numberArgument({ minimum: 0 });
  command
    .optionsGroup('Parts of the audio (--batch-size above 1 and --vad-… turn --vad on):')
    .option('--clip <ranges>', 'only these: 0-30,1:15-2:00,3:00- (may be repeated)', collectClips)
    .option('--batch-size <segments>', 'stretches of speech at a time, each one segment; without it 1', atLeastOne)
    .option('--vad-threshold <probability>', 'speech starts above; without it 0.5', share)
    .option('--vad-neg-threshold <probability>', 'speech ends below; without it 0.15 less', share)
    .option('--vad-min-speech-duration-ms <ms>', 'leave out shorter speech; without it 0', milliseconds)
    .option('--vad-max-speech-duration-seconds <seconds>', 'split longer speech', positive)
    .option('--vad-min-silence-duration-ms <ms>', 'silence that ends speech; without it 2000', milliseconds)
    .option('--vad-speech-pad-ms <ms>', 'kept on both sides of speech; without it 400', milliseconds)
    .option('--multilingual', 'hear the language of every window anew')
    .option('--language-detection-threshold <probability>', 'else hear the next window too; without it 0.5', share)
    .option('--language-detection-segments <windows>', 'windows heard for the language; without it 1', atLeastOne);
}

/** Commander takes every name that begins with "no-" for the opposite of another. */
function notNegated(option: Option): Option {
  option.negate = false;
  return option;
}

function rows(text: string): number {
  return integerArgument({ minimum: 1, maximum: 64 })(text);
}

function suppressed(text: string): readonly number[] | 'none' {
  return orNone(integerListArgument({ minimum: -1 }))(text);
}
