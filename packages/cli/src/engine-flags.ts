import { type Command, Option } from 'commander';
import { integerArgument } from './number-argument.js';

/** Flags of every command that opens a language model. */
export interface EngineFlags {
  readonly threads?: number;
  readonly contextLength?: number;
  readonly quantization?: 'exact' | 'int8' | 'int4' | 'float32';
  readonly offline?: true;
}

export function addEngineFlags(command: Command): Command {
  return command
    .option('--threads <count>', 'processor threads to compute with', integerArgument({ minimum: 1 }))
    .option('--context-length <tokens>', 'room for the prompt and the answer', integerArgument({ minimum: 1 }))
    .addOption(
      new Option(
        '--quantization <kind>',
        'how weights are stored; without it "exact" for GGUF, "int8" for safetensors',
      ).choices(['exact', 'int8', 'int4', 'float32']),
    )
    .option('--offline', 'use no network');
}
