import type { EngineContext } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import type { CheckedEmbedOptions, CheckedRerankOptions } from './engine/engine-options.js';
import type { TextOverrides, TextSettings } from './model/text-source.js';
import type { PulledModel } from './prepare-model.js';

export function overridesOf(
  { local: { manifest } }: PulledModel,
  { pooling, normalize }: CheckedEmbedOptions,
): TextOverrides {
  const { embedding } = manifest;
  return {
    ...(pooling === undefined ? {} : { pooling }),
    ...(normalize === undefined ? {} : { normalize }),
    ...(embedding ? { defaults: embedding } : {}),
  };
}

/** The caller's prompts come before the model's own, those before its card's; empty ones say nothing. */
export function withPrompts(
  settings: TextSettings,
  { local: { manifest } }: PulledModel,
  { prompts }: CheckedEmbedOptions,
): TextSettings {
  const said = Object.fromEntries(Object.entries(settings.prompts).filter(([, prompt]) => prompt !== ''));
  return { ...settings, prompts: { ...settings.prompts, ...manifest.embedding?.prompts, ...said, ...prompts } };
}

/** @throws FerrumError `Unsupported` unless the model is to be computed in float32. */
export function requireFloat({ quantization }: CheckedRerankOptions, label: string, kind: string): void {
  if (quantization === 'float32') return;
  throw new FerrumError(
    'Unsupported',
    `${label} is ${kind}: int8 is offered for text encoders of safetensors or GGUF files. Use quantization: 'float32'.`,
  );
}

/** How two encoders share a space is part of the model. */
export function refusePooling(options: CheckedEmbedOptions, label: string): void {
  refuse(options, ['pooling', 'normalize'], `${label} embeds texts and images in one space`);
}

/** @throws FerrumError `InvalidParameter` for an option of images, which a model of texts has no use for. */
export function refuseImageOptions(options: EngineContext['options'], label: string): void {
  refuse(options, ['maxImagePixels', 'maxImageBytes', 'allowSvg'], `${label} reads only text`);
}

/** @throws FerrumError `InvalidParameter` when one of the options is given. */
export function refuse(options: Readonly<Record<string, unknown>>, names: readonly string[], reason: string): void {
  const parameter = names.find((name) => options[name] !== undefined);
  if (parameter === undefined) return;
  throw new FerrumError('InvalidParameter', `${reason}: it has no option ${parameter}.`, { details: { parameter } });
}
