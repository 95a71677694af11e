import { type Command, Option } from 'commander';
import { type AdapterFlags, collectAdapters } from './adapter-argument.js';
import { integerArgument, numberArgument } from './number-argument.js';
import { collectTexts } from './text-argument.js';

/** Flags of every command that opens a model. */
export interface EngineFlags {
  readonly threads?: number;
  /** Of language models. */
  readonly contextLength?: number;
  readonly quantization?: 'exact' | 'int8' | 'int4' | 'float32';
  /** Of language models. */
  readonly lora?: AdapterFlags;
  readonly offline?: true;
  /** Engine ids or plugin names, most wanted first. */
  readonly prefer?: readonly string[];
  /** Of transcription models, as the two below. */
  readonly vadModel?: string;
  readonly maxAudioSeconds?: number;
  readonly maxAudioBytes?: number;
}

/** The flags that are options of the engine. */
export function engineOptionsOf(flags: EngineFlags) {
  const { threads, contextLength, quantization, lora, vadModel, maxAudioSeconds, maxAudioBytes } = flags;
  return {
    ...(threads !== undefined && { threads }),
    ...(contextLength !== undefined && { contextLength }),
    ...(quantization !== undefined && { quantization }),
    ...(lora !== undefined && { adapters: lora }),
    ...(vadModel !== undefined && { vadModel }),
    ...(maxAudioSeconds !== undefined && { maxAudioSeconds }),
    ...(maxAudioBytes !== undefined && { maxAudioBytes }),
  };
}

export function addLanguageModelFlags(command: Command): Command {
  return command
    .addOption(threadsOption())
    .addOption(contextLengthOption())
    .addOption(
      new Option(
        '--quantization <kind>',
        'how weights are stored; without it "exact" for GGUF, "int8" for safetensors',
      ).choices(['exact', 'int8', 'int4', 'float32']),
    )
    .addOption(preferOption())
    .addOption(offlineOption());
}

/** Flags of the commands that open a model for embeddings or for reranking. */
export function addEmbeddingModelFlags(command: Command): Command {
  return command
    .addOption(threadsOption())
    .addOption(
      new Option(
        '--quantization <kind>',
        'how weights are stored; without it "float32"; "int8" is refused where it would harm',
      ).choices(['float32', 'int8']),
    )
    .addOption(preferOption())
    .addOption(offlineOption());
}

/** Flags of the commands that open a model for transcription. */
export function addTranscriptionModelFlags(command: Command): Command {
  return command
    .addOption(threadsOption())
    .addOption(
      new Option(
        '--quantization <kind>',
        'how weights are stored; without it "int8", or "float32" on a processor without 8-bit instructions',
      ).choices(['float32', 'int8']),
    )
    .addOption(vadModelOption('--vad'))
    .addOption(maxAudioSecondsOption())
    .option('--max-audio-bytes <count>', 'refuse larger files; without it 2 GiB', integerArgument({ minimum: 1 }))
    .addOption(preferOption())
    .addOption(offlineOption());
}

/** Flags of the commands that open a model for speech. */
export function addSpeechModelFlags(command: Command): Command {
  return command.addOption(threadsOption()).addOption(preferOption()).addOption(offlineOption());
}

/** Flags of the command that opens models of any kind: each gets the options that it knows. */
export function addServedModelFlags(command: Command): Command {
  return command
    .addOption(threadsOption())
    .addOption(contextLengthOption())
    .addOption(
      new Option('--quantization <kind>', 'how weights are stored, of the models that can be stored so').choices([
        'exact',
        'int8',
        'int4',
        'float32',
      ]),
    )
    .addOption(loraOption('clients ask for MODEL:NAME (may be repeated)'))
    .addOption(vadModelOption('chunking_strategy'))
    .addOption(maxAudioSecondsOption());
}

export function loraOption(use: string): Option {
  return new Option('--lora <name=path>', `a LoRA adapter, a PEFT folder or a GGUF file; ${use}`).argParser(
    collectAdapters,
  );
}

function contextLengthOption(): Option {
  return new Option('--context-length <tokens>', 'room for the prompt and the answer').argParser(
    integerArgument({ minimum: 1 }),
  );
}

function vadModelOption(user: string): Option {
  return new Option('--vad-model <model>', `the voice activity detector that ${user} uses; without it silero-vad:v5`);
}

function maxAudioSecondsOption(): Option {
  return new Option('--max-audio-seconds <seconds>', 'refuse longer audio; without it a day').argParser(
    numberArgument({ minimum: 0, aboveMinimum: true }),
  );
}

function threadsOption(): Option {
  return new Option('--threads <count>', 'processor threads to compute with').argParser(
    integerArgument({ minimum: 1 }),
  );
}

export function preferOption(): Option {
  return new Option(
    '--prefer <id>',
    'a plugin or an engine to use where it can open the model ("ferrum plugins list"); the first comes first (may be repeated)',
  ).argParser(collectTexts);
}

export function offlineOption(): Option {
  return new Option('--offline', 'use no network');
}
