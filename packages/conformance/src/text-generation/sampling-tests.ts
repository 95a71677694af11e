import assert from 'node:assert/strict';
import type { InferenceResponse, LlmInferenceEngine, SamplingParams } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { greedy, hot, type TextSubject } from './requests.js';

/** Sampling parameters that no feature stands for: an engine honours each, or refuses it with `Unsupported`. */
export function samplingTests(subject: TextSubject, prompt: string): void {
  const narrow: Readonly<Record<string, Partial<SamplingParams>>> = {
    'topK 1': { topK: 1 },
    'a tiny topP': { topP: 1e-6 },
    'minP 1': { minP: 1 },
  };
  for (const [name, sampling] of Object.entries(narrow)) {
    subject.test(`sampling: ${name} leaves only the most probable token, or is refused`, async () => {
      const { text } = await subject.engine.infer(greedy(prompt, 8));
      for (let call = 0; call < 2; call += 1) {
        const answer = await honoured(subject.engine, hot(prompt, 8, sampling));
        if (answer)
          assert.equal(answer.text, text, `${name} is not honoured, and not refused with Unsupported either.`);
      }
    });
  }

  if (!subject.has('token-ids')) return;
  subject.test('sampling: bannedTokens and a logitBias of -100 keep a token out, or are refused', async () => {
    const [token = 0] = (await subject.engine.infer(greedy(prompt, 4))).tokens;
    for (const sampling of [{ bannedTokens: [token] }, { logitBias: { [token]: -100 } }]) {
      const answer = await honoured(subject.engine, greedy(prompt, 4, sampling));
      assert.notEqual(answer?.tokens.includes(token), true, `${Object.keys(sampling)} is not honoured.`);
    }
  });

  subject.test('sampling: an answer begins with forcedTokens, or they are refused', async () => {
    const { tokens } = await subject.engine.infer(greedy(prompt, 4));
    const forcedTokens = tokens.slice(2, 4);
    const answer = await honoured(subject.engine, greedy(prompt, 4, { forcedTokens }));
    if (answer) assert.deepEqual(answer.tokens.slice(0, 2), forcedTokens);
  });

  subject.test(
    'sampling: an answer ends before one of stopTokens with the reason stop, or they are refused',
    async () => {
      const { tokens } = await subject.engine.infer(greedy(prompt, 12));
      const stop = tokens.at(6) ?? -1;
      const answer = await honoured(subject.engine, greedy(prompt, 12, { stopTokens: [stop] }));
      if (!answer) return;
      assert.deepEqual(answer.tokens, tokens.slice(0, tokens.indexOf(stop)));
      assert.equal(answer.finishReason, 'stop');
    },
  );
}

/** @returns undefined when the engine refuses the request with `Unsupported` */
export async function honoured(
  engine: LlmInferenceEngine,
  request: Parameters<LlmInferenceEngine['infer']>[0],
): Promise<InferenceResponse | undefined> {
  try {
    return await engine.infer(request);
  } catch (error) {
    if (FerrumError.isInstance(error) && error.code === 'Unsupported') return undefined;
    throw error;
  }
}
