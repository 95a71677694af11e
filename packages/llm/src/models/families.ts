import type { DecoderFamily } from './family.js';
import { gemma2 } from './gemma2.js';
import { gemma3 } from './gemma3.js';
import { gemma3Vision } from './gemma3-vision.js';
import { granite } from './granite.js';
import { graniteMoe } from './granite-moe.js';
import { llama } from './llama.js';
import { mistral } from './mistral.js';
import { mixtral } from './mixtral.js';
import { phi3 } from './phi3.js';
import { qwen2 } from './qwen2.js';
import { qwen3 } from './qwen3.js';
import { qwen3Moe } from './qwen3-moe.js';
import { smollm3 } from './smollm3.js';
import { smolvlm } from './smolvlm.js';

/** The families whose decoders this package builds. */
export const families: readonly DecoderFamily[] = [
  llama,
  mistral,
  mixtral,
  qwen2,
  qwen3,
  qwen3Moe,
  gemma2,
  gemma3,
  gemma3Vision,
  phi3,
  smollm3,
  smolvlm,
  granite,
  graniteMoe,
];

export function familyOfModelType(modelType: string): DecoderFamily | undefined {
  return families.find(({ modelTypes }) => modelTypes.includes(modelType));
}

export function familyOfGguf(architecture: string): DecoderFamily | undefined {
  return families.find(({ gguf }) => gguf?.architecture === architecture);
}
