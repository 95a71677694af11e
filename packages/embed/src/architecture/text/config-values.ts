import { wholeNumber } from '@ferrum/models';
import { type Activation, activations } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';

export const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
/** Far above any encoder there is; what lies beyond is a damaged file, and would exhaust memory before anyone noticed. */
export const size = v.pipe(wholeNumber, v.minValue(1), v.maxValue(4_194_304));

/** Sizes, by the names that most of transformers' configurations have for them. */
export const sizes = {
  vocab_size: size,
  hidden_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  intermediate_size: size,
  max_position_embeddings: size,
};

/** Those of the encoder's shape that are sizes. */
export function shapeOf(config: v.InferOutput<v.ObjectSchema<typeof sizes, undefined>>) {
  return {
    vocabularySize: config.vocab_size,
    hiddenSize: config.hidden_size,
    heads: config.num_attention_heads,
    intermediateSize: config.intermediate_size,
  };
}

/** @throws FerrumError `Unsupported` for one that is not known. */
export function activationOf(name: string, file: string): Activation {
  const activation = activations.get(name);
  if (activation) return activation;
  throw unsupported(file, `activation "${name}"`, [...activations.keys()].join(', '));
}

/**
 * How many tokens a table of positions has room for, when the first token's row is not the first.
 * @throws FerrumError `InvalidFormat` when there is none
 */
export function tokensFrom(firstPosition: number, positions: number, file: string): number {
  if (firstPosition < positions) return positions - firstPosition;
  throw new FerrumError(
    'InvalidFormat',
    `${file}: positions begin with ${firstPosition}, but max_position_embeddings is ${positions}.`,
  );
}

export function unsupported(file: string, what: string, supported: string): FerrumError {
  return new FerrumError('Unsupported', `${file}: ${what} is not supported; ${supported} ${are(supported)}.`);
}

function are(list: string): string {
  return list.includes(',') ? 'are' : 'is';
}
