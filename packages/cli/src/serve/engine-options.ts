import { FerrumError } from '@ferrum/registry/errors';
import type { ServedCapability } from '@ferrum/server';
import type { EngineFlags } from '../engine-flags.js';

type EngineOptionName = keyof typeof flagOf;

/** The options among the flags that engines of every one of these capabilities know. */
export function engineOptionsFor(
  capabilities: readonly ServedCapability[],
  flags: EngineFlags,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    givenOptions(flags).filter(
      ([name, value]) => capabilities.length > 0 && capabilities.every((capability) => takes(capability, name, value)),
    ),
  );
}

/** @throws FerrumError `InvalidParameter` for a flag that no model takes. */
export function requireUse(models: readonly (readonly ServedCapability[])[], flags: EngineFlags): void {
  if (flags.lora && !models.some((capabilities) => capabilities.includes('text-generation'))) {
    throw new FerrumError(
      'InvalidParameter',
      '--lora is for models for text-generation, and none of those is served. Leave it out.',
    );
  }
  for (const [name, value] of givenOptions(flags)) {
    if (models.some((capabilities) => name in engineOptionsFor(capabilities, flags))) continue;
    const takers = Object.keys(optionsOf).filter((capability) => takes(capability as ServedCapability, name, value));
    throw new FerrumError(
      'InvalidParameter',
      `${flagOf[name]} ${value} is for models for ${takers.join(', ')}, and none of those is served. Leave it out.`,
    );
  }
}

const flagOf = {
  threads: '--threads',
  contextLength: '--context-length',
  quantization: '--quantization',
  vadModel: '--vad-model',
  maxAudioSeconds: '--max-audio-seconds',
} as const;

/** What the engines of a capability know; of `quantization` the kinds. */
const optionsOf: Readonly<Record<ServedCapability, Partial<Record<EngineOptionName, true | readonly string[]>>>> = {
  'text-generation': { threads: true, contextLength: true, quantization: ['exact', 'int8', 'int4', 'float32'] },
  embedding: { threads: true, quantization: ['float32', 'int8'] },
  reranking: { threads: true, quantization: ['float32', 'int8'] },
  transcription: { threads: true, quantization: ['float32', 'int8'], vadModel: true, maxAudioSeconds: true },
  speech: { threads: true },
};

function takes(capability: ServedCapability, name: EngineOptionName, value: unknown): boolean {
  const allowed = optionsOf[capability][name];
  return allowed === true || (allowed?.includes(String(value)) ?? false);
}

/** `--max-audio-bytes` is not among them: here it is about uploads. */
function givenOptions(flags: EngineFlags): readonly (readonly [EngineOptionName, unknown])[] {
  const names = Object.keys(flagOf) as EngineOptionName[];
  return names.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]] as const]));
}
