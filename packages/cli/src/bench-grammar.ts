import { type Command, Option } from 'commander';
import { embedCaseNames } from './bench/embed-case-names.js';
import { addBenchServe } from './bench/serve/serve-grammar.js';
import { speakCaseNames } from './bench/speak-case-names.js';
import { transcribeCaseNames } from './bench/transcribe-case-names.js';
import type { BenchEmbedFlags } from './commands/bench-embed.js';
import type { BenchLlmFlags } from './commands/bench-llm.js';
import type { BenchSpeakFlags } from './commands/bench-speak.js';
import type { BenchTranscribeFlags } from './commands/bench-transcribe.js';
import type { CommandContext } from './context.js';
import {
  addEmbeddingModelFlags,
  addLanguageModelFlags,
  addSpeechModelFlags,
  addTranscriptionModelFlags,
} from './engine-flags.js';
import { benchEmbedHelp, benchLlmHelp, benchTranscribeHelp } from './help-text.js';
import { integerArgument, integerListArgument } from './number-argument.js';
import { defaultSpeechModel, voiceOption } from './speak-grammar.js';
import { benchSpeakHelp } from './speech-help-text.js';
import { collectChoices, textArgument } from './text-argument.js';
import { modelOption } from './transcribe-grammar.js';

/** `ferrum bench` and its commands. */
export function addBench(program: Command, context: CommandContext): void {
  const bench = program
    .command('bench')
    .summary('measure the speed of a model on this machine, or of a server')
    .description('Measure the speed of a model on this machine, or of a server.');
  addBenchLlm(bench, context);
  addBenchEmbed(bench, context);
  addBenchTranscribe(bench, context);
  addBenchSpeak(bench, context);
  addBenchServe(bench, context);
}

function addBenchLlm(bench: Command, context: CommandContext): void {
  const command = bench
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
    .addOption(repeatsOption())
    .option('--json', 'one JSON object per case');
  addLanguageModelFlags(command)
    .addHelpText('after', benchLlmHelp)
    .action(async (model: string, flags: BenchLlmFlags) =>
      (await import('./commands/bench-llm.js')).benchLlm(model, flags, context),
    );
}

function addBenchEmbed(bench: Command, context: CommandContext): void {
  const command = bench
    .command('embed')
    .summary('measure an embedding model')
    .description(
      'Measure an embedding model on texts that are the same in every run. The model is downloaded first if need be.',
    )
    .argument('<model>', 'which model (see "ferrum --help")')
    .addOption(
      new Option('--case <name>', `measure this case alone (may be repeated): ${embedCaseNames.join(', ')}`).argParser(
        collectChoices(embedCaseNames),
      ),
    )
    .addOption(repeatsOption())
    .option('--json', 'one JSON object per case');
  addEmbeddingModelFlags(command)
    .addHelpText('after', benchEmbedHelp)
    .action(async (model: string, flags: BenchEmbedFlags) =>
      (await import('./commands/bench-embed.js')).benchEmbed(model, flags, context),
    );
}

function addBenchTranscribe(bench: Command, context: CommandContext): void {
  const command = bench
    .command('transcribe')
    .summary('measure a transcription model')
    .description('Measure a transcription model on audio of yours. The model is downloaded first if need be.')
    .argument('<file...>', 'audio files')
    .addOption(modelOption())
    .option('--language <name>', 'what is spoken, as "es" or "Spanish"; without it heard', textArgument)
    .addOption(
      new Option(
        '--case <name>',
        `measure this case alone (may be repeated): ${transcribeCaseNames.join(', ')}`,
      ).argParser(collectChoices(transcribeCaseNames)),
    )
    .addOption(repeatsOption())
    .option('--json', 'one JSON object per case');
  addTranscriptionModelFlags(command)
    .addHelpText('after', benchTranscribeHelp)
    .action(async (files: readonly string[], flags: BenchTranscribeFlags) =>
      (await import('./commands/bench-transcribe.js')).benchTranscribe(files, flags, context),
    );
}

function addBenchSpeak(bench: Command, context: CommandContext): void {
  const command = bench
    .command('speak')
    .summary('measure a model for speech')
    .description(
      'Measure a model for speech on texts that are the same in every run. The model is downloaded first if need be.',
    )
    .argument('[model]', 'which model (see "ferrum --help")', defaultSpeechModel)
    .addOption(voiceOption())
    .addOption(
      new Option('--case <name>', `measure this case alone (may be repeated): ${speakCaseNames.join(', ')}`).argParser(
        collectChoices(speakCaseNames),
      ),
    )
    .addOption(repeatsOption())
    .option('--json', 'one JSON object per case');
  addSpeechModelFlags(command)
    .addHelpText('after', benchSpeakHelp)
    .action(async (model: string, flags: BenchSpeakFlags) =>
      (await import('./commands/bench-speak.js')).benchSpeak(model, flags, context),
    );
}

function repeatsOption(): Option {
  return new Option('--repeats <count>', 'measurements of each case, beside one to warm up')
    .argParser(integerArgument({ minimum: 1 }))
    .default(5);
}
