import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { InferenceRequest, LlmInferenceEngine } from '@ferrum/interfaces';
import { createModelStore } from '@ferrum/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// The built package: importing a model and masking run in worker threads, which need JavaScript.
import { openEngine, openReferenceEngine } from '../../dist/open-engine.js';
import { loadHfFixture } from '../fixtures/load-fixture.js';
import { temporaryFolder } from '../testing/temporary-folder.js';

const folder = temporaryFolder();
const models = createModelStore({ home: path.join(folder, 'home') });

/** A tiny model whose template has opened its reasoning already, as DeepSeek-R1's does. */
function thinkingModel(): string {
  const location = path.join(folder, 'thinking');
  cpSync(loadHfFixture('llama-gqa').location, location, { recursive: true });
  // Its vocabulary has neither a line break nor a closing brace: two other entries become these.
  rewrite(path.join(location, 'tokenizer.json'), ({ model, ...rest }) => {
    const names: Record<string, string> = { '|': 'Ċ', th: '}' };
    const vocab = Object.fromEntries(Object.entries(model.vocab).map(([text, id]) => [names[text] ?? text, id]));
    return { ...rest, model: { ...model, vocab, merges: [] } };
  });
  const template =
    "{% for message in messages %}{{ message['content'].split('</think>')[-1] }} {% endfor %}" +
    "{% if add_generation_prompt %}{{ '<think>' }}{% endif %}";
  rewrite(path.join(location, 'config.json'), (config) => ({ ...config, max_position_embeddings: 2048 }));
  rewrite(path.join(location, 'tokenizer_config.json'), (config) => ({ ...config, chat_template: template }));
  return location;
}

// biome-ignore lint/suspicious/noExplicitAny: files of a tokenizer
function rewrite(file: string, change: (content: any) => object): void {
  writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')))));
}

const messages = [{ role: 'user', content: 'ab' }] as const;
const schema = { type: 'object', properties: { a: { type: 'boolean' } }, required: ['a'], additionalProperties: false };

describe.each([
  ['the batching engine', openEngine],
  ['the reference engine', openReferenceEngine],
])('a budget for reasoning in %s', (_, open) => {
  let engine: LlmInferenceEngine & { shutdown(): Promise<unknown> };
  beforeAll(async () => {
    const resolve = () => Promise.reject(new Error('nothing else is needed'));
    const options = { threads: 1, quantization: 'float32' };
    engine = await open({ model: { reference: thinkingModel() }, models, resolve, options });
  });
  afterAll(() => engine.shutdown());

  const ask = (more: Partial<InferenceRequest>, sampling: object = {}) =>
    engine.infer({
      messages,
      reasoning: { maxTokens: 3 },
      sampling: { temperature: 0, maxTokens: 200, ...sampling },
      ...more,
    } as InferenceRequest);

  it('goes with choices, schemas and forced calls', async () => {
    const chosen = await ask({}, { responseFormat: { type: 'choice', choices: ['yes', 'no'] } });
    expect(['yes', 'no']).toContain(chosen.text);
    expect(chosen.usage.reasoningTokens).toBeGreaterThanOrEqual(3);
    const { text } = await ask({}, { responseFormat: { type: 'json_schema', schema } });
    expect(JSON.parse(text)).toEqual({ a: expect.any(Boolean) });
    const called = await ask({
      tools: [{ name: 'now', parameters: schema }],
      toolChoice: 'required',
      parallelToolCalls: false,
    });
    expect(called.toolCalls).toMatchObject([{ name: 'now' }]);
    expect(JSON.parse(called.toolCalls?.[0]?.arguments ?? '')).toEqual({ a: expect.any(Boolean) });
  });
});
