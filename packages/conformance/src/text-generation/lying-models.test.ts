import { describe, expect, it } from 'vitest';
import { mockLanguageModel } from '../mocks/mock-language-model.js';
import { mockLanguageModelFeatures } from '../mocks/mock-request.js';
import { runRecorded } from '../runner/testing/recording-runner.js';
import { describeTextGeneration } from './describe-text-generation.js';
import { paced } from './testing/broken-models.js';
import { mockAdapter } from './testing/mock-adapter.js';

const adapter = mockAdapter();

describe('a suite whose engine lies about its features', () => {
  const run = (actual: readonly string[], declared: readonly string[], test: (name: string) => boolean) =>
    runRecorded(
      (runner) =>
        describeTextGeneration(runner, async () => mockLanguageModel({ ...paced, features: actual }).engine, {
          features: declared,
          adapter,
          timeoutMs: 2000,
        }),
      test,
    );

  it.each(mockLanguageModelFeatures.filter((feature) => !['batching', 'token-ids'].includes(feature)))(
    'names %s, which is declared and refused',
    async (feature) => {
      const without = mockLanguageModelFeatures.filter((other) => other !== feature);
      const tests = await run(without, mockLanguageModelFeatures, (name) => name.startsWith(`${feature}: `));
      const failed = tests.filter(({ failure }) => failure);
      expect(failed.length).toBeGreaterThan(0);
      expect(failed.some(({ failure }) => failure?.message.includes(`declares the feature ${feature},`))).toBe(true);
    },
  );

  const refusals = (name: string) => name.includes(', which it does not declare: refuses ');

  it('names each that works, but is not declared', async () => {
    const tests = (await run(mockLanguageModelFeatures, [], refusals)).filter(({ name }) => refusals(name));
    const failed = tests.filter(({ failure }) => failure).map(({ name }) => name.split(',')[0]);
    const untestable = ['token-ids', 'batching', 'advanced', 'stream-usage'];
    expect(failed).toEqual(
      expect.arrayContaining(mockLanguageModelFeatures.filter((name) => !untestable.includes(name))),
    );
  });
});
