import type { CallOptions, EmbedEngine, ImageInput } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { cosine, sigmoid } from './engine/vector-math.js';

/** How a model's cosines become probabilities; engines of CLIP-like models carry theirs. */
export interface ImageTextLikeness {
  /** One distribution over all labels, or each label by itself. */
  readonly kind: 'softmax' | 'sigmoid';
  /** By what a cosine is multiplied. */
  readonly scale: number;
  /** What is added then. */
  readonly bias: number;
}

export interface ClassifyImageOptions extends CallOptions {
  /** The sentence that a label is put in, in place of `{}`. Default `a photo of {}`. */
  readonly template?: string;
  /** Default: the engine's own; CLIP's (softmax, 100, 0) where the engine has none. */
  readonly likeness?: ImageTextLikeness;
}

export interface ImageLabel {
  readonly label: string;
  /** 0 to 1; under `softmax` they add up to 1. */
  readonly probability: number;
}

/**
 * Zero-shot classification (Radford et al. 2021): how well each label describes an image, best first.
 * @throws FerrumError `InvalidParameter` without labels that are texts or with a template that has no `{}`; what the engine throws.
 */
export async function classifyImage(
  engine: EmbedEngine & { readonly likeness?: ImageTextLikeness | undefined },
  image: ImageInput,
  labels: readonly string[],
  options: ClassifyImageOptions = {},
): Promise<ImageLabel[]> {
  const { template = 'a photo of {}', likeness = engine.likeness ?? clip, signal } = options;
  const areTexts = Array.isArray(labels) && labels.every((label) => typeof label === 'string');
  if (!areTexts || labels.length === 0) {
    throw new FerrumError('InvalidParameter', 'labels must be a list of texts, one at least, to choose from.', {
      details: { parameter: 'labels' },
    });
  }
  if (typeof template !== 'string' || !template.includes('{}')) {
    throw new FerrumError('InvalidParameter', `template ${JSON.stringify(template)} has no {} for the label.`, {
      details: { parameter: 'template' },
    });
  }
  const texts = labels.map((label) => template.replaceAll('{}', () => label));
  const [picture, { embeddings }] = await Promise.all([
    engine.embedImage(image, { signal }),
    engine.embedTexts(texts, { signal }),
  ]);
  const logits = embeddings.map((text) => likeness.scale * cosine(picture, text) + likeness.bias);
  const probabilities = likeness.kind === 'softmax' ? softmax(logits) : logits.map(sigmoid);
  return labels
    .map((label, index) => ({ label, probability: probabilities[index] as number }))
    .sort((a, b) => b.probability - a.probability);
}

const clip: ImageTextLikeness = { kind: 'softmax', scale: 100, bias: 0 };

function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
