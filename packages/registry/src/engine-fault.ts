import type { Capability, CapabilityMap } from '@ferrum/interfaces';
import { asFerrumError } from './as-ferrum-error.js';
import { kindOf } from './define-plugin.js';
import { FerrumError } from './errors.js';
import { advancedMethods } from './is-advanced-engine.js';
import type { Engine } from './pooled-engine.js';
import type { RegisteredEngine } from './resolution.js';

/**
 * A `Backend` error for an engine that lacks what its capability, or a feature that its descriptor declares, asks for: better
 * said where it is opened than where it is called. Of a capability that a third party added, nothing is known here.
 */
export function faultOf(engine: Engine, registered: RegisteredEngine, model: string): FerrumError | undefined {
  const { descriptor, plugin } = registered;
  const { id, capability } = descriptor;
  const required = methodsOf.get(capability);
  if (required === undefined) return undefined;
  const details = { engine: id, plugin, model };
  const fault = (what: string, missing: readonly string[] = []): FerrumError => {
    const message = `${id} (plugin ${plugin}) opened model ${model} as an engine ${what}. Use a version of ${plugin} that has it mended.`;
    return new FerrumError('Backend', message, { details: { ...details, missing } });
  };
  try {
    const lacking = (methods: readonly string[]): readonly string[] => methods.filter((name) => !has(engine, name));
    const missing = lacking(required);
    if (missing.length > 0) return fault(`without ${calls(missing)}, which ${capability} asks for`, missing);
    const specificationVersion = 'specificationVersion' in engine ? engine.specificationVersion : undefined;
    if (specificationVersion !== '1') {
      return fault(`with specificationVersion ${kindOf(specificationVersion)}; this @ferrum/registry understands '1'`);
    }
    for (const [feature, methods] of methodsOfFeatures.get(capability) ?? []) {
      const absent = descriptor.features.includes(feature) ? lacking(methods) : [];
      if (absent.length > 0)
        return fault(`without ${calls(absent)}, although it declares the feature ${feature}`, absent);
    }
    return undefined;
  } catch (thrown) {
    return asFerrumError(
      thrown,
      `${id} (plugin ${plugin}) opened model ${model} as an engine that cannot be looked at`,
    );
  }
}

type Methods = { readonly [C in Capability]?: readonly (keyof CapabilityMap[C] & string)[] };

/** `[Symbol.asyncDispose]()` or `shutdown()` is asked of every engine, so not here. */
const everyEngine = ['status', 'config', 'metrics', 'healthCheck'] as const;

/** What an engine of each capability has, less what is optional. */
const methodsOf: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    'text-generation': [...everyEngine, 'infer', 'inferStream'],
    embedding: [...everyEngine, 'embedText', 'embedImage', 'embeddingDim', 'embedTexts'],
    reranking: [...everyEngine, 'rerank'],
    transcription: [...everyEngine, 'transcribeFile', 'transcribeBytes', 'transcribe', 'transcribeStream'],
    speech: [...everyEngine, 'synthesizeSpeech', 'ttsSampleRate', 'synthesizeStream', 'voices'],
    phonemization: ['phonemize', 'languages'],
  } satisfies Methods),
);

/** What a feature adds to that. */
const methodsOfFeatures: ReadonlyMap<string, readonly (readonly [feature: string, methods: readonly string[]])[]> =
  new Map([
    [
      'text-generation',
      [
        ['advanced', advancedMethods],
        ['tokenizer', ['tokenize', 'detokenize']],
      ],
    ],
  ]);

function has(engine: object, method: string): boolean {
  return method in engine && typeof engine[method as keyof typeof engine] === 'function';
}

function calls(methods: readonly string[]): string {
  return methods.map((name) => `${name}()`).join(', ');
}
