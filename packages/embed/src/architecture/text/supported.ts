import type { TransformerConfig } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import type { TextEncoderConfig } from '../text-encoder-config.js';
import { bert, roberta } from './bert.js';
import { distilbert } from './distilbert.js';
import { modernbert } from './modernbert.js';
import { mpnet } from './mpnet.js';
import { nomicBert } from './nomic-bert.js';
import type { TextArchitecture } from './text-architecture.js';

export const textArchitectures: readonly TextArchitecture[] = [bert, roberta, distilbert, mpnet, nomicBert, modernbert];

/** As `model_type` of config.json names them. */
export const textTypes: readonly string[] = textArchitectures.flatMap(({ types }) => types);
/** As `general.architecture` of GGUF files names them. */
export const ggufTypes: readonly string[] = ['bert', 'nomic-bert'];
/** Text and images in one space, as `model_type` names them. */
export const jointTypes: readonly string[] = ['clip', 'chinese_clip', 'siglip'];

/** @throws FerrumError `Unsupported` for one that is not known. */
export function textArchitecture(type: string): TextArchitecture {
  const found = textArchitectures.find(({ types }) => types.includes(type));
  if (found) return found;
  throw unsupportedArchitecture(type);
}

export function unsupportedArchitecture(architecture: string): FerrumError {
  return new FerrumError(
    'Unsupported',
    `Architecture "${architecture}" is not supported; @ferrum/embed opens ${[...textTypes, ...jointTypes].join(', ')} ` +
      `(safetensors) and ${ggufTypes.join(', ')} (GGUF), and other text encoders as ONNX files.`,
    { details: { architecture } },
  );
}

/** Far above any encoder there is; the tables of positions hold so many rows. */
const mostPositions = 1_048_576;

/** @throws FerrumError `InvalidFormat` for numbers that contradict each other. */
export function checkText(config: TextEncoderConfig, file: string): void {
  checkHeads(config, file);
  if (config.maxTokens <= mostPositions) return;
  throw new FerrumError('InvalidFormat', `${file}: ${config.maxTokens} positions are not plausible.`);
}

/** @throws FerrumError `InvalidFormat` for numbers that contradict each other. */
export function checkHeads({ hiddenSize, heads, layers }: TransformerConfig, file: string): void {
  if (hiddenSize % heads !== 0) {
    const message = `${file}: ${heads} attention heads do not divide the hidden size ${hiddenSize}.`;
    throw new FerrumError('InvalidFormat', message);
  }
  const headDim = hiddenSize / heads;
  if (headDim % 2 === 0 || layers.every(({ rotaryTheta }) => rotaryTheta === undefined)) return;
  throw new FerrumError('InvalidFormat', `${file}: heads of ${headDim} values cannot be rotated in pairs.`);
}
