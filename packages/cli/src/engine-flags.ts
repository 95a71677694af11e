import { type Command, Option } from 'commander';
import { integerArgument } from './number-argument.js';

/** Flags of every command that opens a model. */
export interface EngineFlags {
  readonly threads?: number;
  /** Of language models. */
  readonly contextLength?: number;
  readonly quantization?: 'exact' | 'int8' | 'int4' | 'float32';
  readonly offline?: true;
}

/** The flags that are options of the engine. */
export function engineOptionsOf({ threads, contextLength, quantization }: EngineFlags) {
  return {
    ...(threads !== undefined && { threads }),
    ...(contextLength !== undefined && { contextLength }),
    ...(quantization !== undefined && { quantization }),
  };
}

export function addLanguageModelFlags(command: Command): Command {
  return command
    .addOption(threadsOption())
    .option('--context-length <tokens>', 'room for the prompt and the answer', integerArgument({ minimum: 1 }))
    .addOption(
      new Option(
        '--quantization <kind>',
        'how weights are stored; without it "exact" for GGUF, "int8" for safetensors',
      ).choices(['exact', 'int8', 'int4', 'float32']),
    )
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
    .addOption(offlineOption());
}

function threadsOption(): Option {
  return new Option('--threads <count>', 'processor threads to compute with').argParser(
    integerArgument({ minimum: 1 }),
  );
}

function offlineOption(): Option {
  return new Option('--offline', 'use no network');
}
