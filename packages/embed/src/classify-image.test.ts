import type { EmbedEngine, ImageInput } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { describe, expect, it, vi } from 'vitest';
import { classifyImage, type ImageTextLikeness } from './classify-image.js';

/** An engine that knows these texts by the cosine that they have with every image. */
function engineOf(cosines: Readonly<Record<string, number>>, likeness?: ImageTextLikeness) {
  const embedImage = vi.fn(async (_image: ImageInput, _options?: object) => Float32Array.of(2, 0));
  const embedTexts = vi.fn(async (texts: readonly string[], _options?: object) => ({
    embeddings: texts.map((text) => {
      const cosine = cosines[text];
      if (cosine === undefined) throw new Error(`not a text of the test: ${text}`);
      return Float32Array.of(cosine, Math.sqrt(1 - cosine ** 2));
    }),
  }));
  const engine = { embedImage, embedTexts, ...(likeness ? { likeness } : {}) };
  return { engine: engine as unknown as EmbedEngine & { likeness?: ImageTextLikeness }, embedImage, embedTexts };
}

const image = new Uint8Array(3);
const pets = { 'a photo of a cat': 0.3, 'a photo of a dog': 0.31, 'a photo of a car': 0.25 };
const labels = ['a cat', 'a dog', 'a car'];

/** Of labels and probabilities, as pairs. */
async function classified(...args: Parameters<typeof classifyImage>): Promise<[string, number][]> {
  return (await classifyImage(...args)).map(({ label, probability }) => [label, probability]);
}

describe('classifying an image', () => {
  it('is the softmax of 100 times the cosines where the model says nothing, best first', async () => {
    const powers = [30, 31, 25].map(Math.exp) as [number, number, number];
    const sum = powers[0] + powers[1] + powers[2];
    const result = await classified(engineOf(pets).engine, image, labels);
    expect(result.map(([label]) => label)).toEqual(['a dog', 'a cat', 'a car']);
    for (const [i, power] of [powers[1], powers[0], powers[2]].entries()) {
      expect(result[i]?.[1]).toBeCloseTo(power / sum, 5);
    }
    expect(result.reduce((total, [, probability]) => total + probability, 0)).toBeCloseTo(1, 12);
  });

  it('gives each label its own sigmoid where the model does', async () => {
    const { engine } = engineOf(pets, { kind: 'sigmoid', scale: 10, bias: -2 });
    const result = await classified(engine, image, labels);
    const expected = [1.1, 1, 0.5].map((logit) => 1 / (1 + Math.exp(-logit)));
    for (const [i, probability] of expected.entries()) expect(result[i]?.[1]).toBeCloseTo(probability, 6);
  });

  it('takes the likeness of the caller before that of the model', async () => {
    const { engine } = engineOf(pets, { kind: 'sigmoid', scale: 10, bias: -2 });
    const likeness = { kind: 'softmax', scale: 0, bias: 5 } as const;
    expect(await classified(engine, image, labels, { likeness })).toEqual(labels.map((label) => [label, 1 / 3]));
  });

  it('has no trouble with logits that are too large for an exponential', async () => {
    const likeness = { kind: 'softmax', scale: 1e6, bias: 0 } as const;
    expect(await classified(engineOf(pets).engine, image, labels, { likeness })).toEqual([
      ['a dog', 1],
      ['a cat', 0],
      ['a car', 0],
    ]);
  });

  it('puts each label into the template as it stands, wherever it says so', async () => {
    const { engine, embedTexts } = engineOf({ "$& is $' or $& is $'": 0.1, 'x or x': 0.2 });
    await classified(engine, image, ["$& is $'", 'x'], { template: '{} or {}' });
    expect(embedTexts.mock.calls[0]?.[0]).toEqual(["$& is $' or $& is $'", 'x or x']);
  });

  it('keeps the order of labels that are equally likely', async () => {
    const { engine } = engineOf({ b: 0.5, a: 0.5, c: 0.5 });
    const result = await classified(engine, image, ['b', 'a', 'c'], { template: '{}' });
    expect(result.map(([label]) => label)).toEqual(['b', 'a', 'c']);
  });

  it('hands the image and the signal on', async () => {
    const { engine, embedImage, embedTexts } = engineOf(pets);
    const { signal } = new AbortController();
    await classifyImage(engine, image, labels, { signal });
    expect(embedImage).toHaveBeenCalledExactlyOnceWith(image, { signal });
    expect(embedTexts.mock.calls[0]?.[1]).toEqual({ signal });
  });

  it('rejects with what the engine throws', async () => {
    const { engine, embedImage } = engineOf(pets);
    const failure = new FerrumError('Unsupported', 'reads only text');
    embedImage.mockRejectedValueOnce(failure);
    await expect(classifyImage(engine, image, labels)).rejects.toBe(failure);
  });

  it.each<[string, unknown, string]>([
    ['no labels', [], 'labels'],
    ['a text for labels', 'cat', 'labels'],
    ['a label that is no text', ['cat', 3], 'labels'],
  ])('is refused with %s', async (_name, given, parameter) => {
    const { engine, embedImage } = engineOf(pets);
    await expect(classifyImage(engine, image, given as string[])).rejects.toMatchObject({
      code: 'InvalidParameter',
      details: { parameter },
    });
    expect(embedImage).not.toHaveBeenCalled();
  });

  it.each([['a photo of'], [''], [3]])('is refused with the template %j', async (template) => {
    const options = { template: template as string };
    await expect(classifyImage(engineOf(pets).engine, image, labels, options)).rejects.toMatchObject({
      code: 'InvalidParameter',
      message: expect.stringContaining('has no {}'),
      details: { parameter: 'template' },
    });
  });
});
