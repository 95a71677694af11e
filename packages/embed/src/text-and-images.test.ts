import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { classifyImage } from '../dist/index.js';
import { jointFixtures, loadJointFixture, loadOnnxJointFixture } from './fixtures/load-fixture.js';
import { largestDifference } from './testing/differences.js';
import { opener } from './testing/open-fixture.js';
import { temporaryFolder } from './testing/temporary-folder.js';

const open = opener(temporaryFolder());
const models = [
  ...jointFixtures.map((name) => [name, loadJointFixture(name)] as const),
  ['clip, ready-made', loadOnnxJointFixture()] as const,
];

describe.each(models)('the model of texts and images %s', (_name, { location, texts, images }) => {
  it('embeds texts as transformers does', async () => {
    await using engine = await open.embed(location);
    const { embeddings } = await engine.embedTexts(texts.map(({ text }) => text));
    for (const [i, { embedding }] of texts.entries()) {
      expect(largestDifference(embeddings[i] as Float32Array, embedding)).toBeLessThan(1e-5);
    }
  });

  it('embeds images as transformers does: from a path, bytes, a data URL and base64', async () => {
    await using engine = await open.embed(location);
    for (const { location: file, embedding } of images) {
      const bytes = readFileSync(file);
      const base64 = bytes.toString('base64');
      for (const image of [file, new Uint8Array(bytes), `data:image/png;base64,${base64}`, base64]) {
        // Pixels may differ by a step of 1/255 where Pillow resizes rows before columns.
        expect(largestDifference(await engine.embedImage(image), embedding)).toBeLessThan(5e-3);
      }
    }
  });
});

describe.each(jointFixtures)('the model of texts and images %s', (name) => {
  const { location, texts, images, logitsToProbabilities } = loadJointFixture(name);

  it('says how well texts describe an image', async () => {
    await using engine = await open.embed(location);
    for (const { location: file, probabilities } of images) {
      const labels = texts.map(({ text }) => text);
      const found = await classifyImage(engine, file, labels, { template: '{}' });
      expect(engine.likeness?.kind).toBe(logitsToProbabilities);
      for (const [i, label] of labels.entries()) {
        const { probability } = found.find((one) => one.label === label) ?? { probability: Number.NaN };
        expect(probability).toBeCloseTo(probabilities[i] as number, 2);
      }
    }
  });
});
