import type { ToolChoice, ToolDefinition } from '@ferrum/interfaces';
import { afterAll, describe, expect, it } from 'vitest';
import { ConstraintEngine } from '../constraint/constraint-engine.js';
import { fakeTokenizer } from '../testing/fake-model.js';
import { toolCallFormats } from './formats/index.js';
import { toolSetOf } from './tool-set.js';

const engine = new ConstraintEngine({ tokenizer: fakeTokenizer, vocabularySize: fakeTokenizer.vocabSize });
afterAll(() => engine.dispose());

const bad: ToolDefinition = {
  name: 'bad',
  parameters: { type: 'object', properties: { 'a/b': { type: 'array', uniqueItems: true } }, required: ['a/b'] },
};
const endless: ToolDefinition = {
  name: 'endless',
  parameters: { type: 'object', properties: { a: { type: 'integer', minimum: 3, maximum: 2 } }, required: ['a'] },
};
const refusal = async (format: string, tools: readonly ToolDefinition[], choice: ToolChoice, isForced = true) => {
  const set = toolSetOf(tools, choice);
  const found = toolCallFormats.get(format);
  if (!set || !found) throw new Error(`no ${format}`);
  const spec = isForced ? found.grammar(set) : ({ type: 'triggered', triggers: found.triggers(set) } as const);
  return engine.compile(spec).ready.catch((error: unknown) => error);
};

describe.each([...toolCallFormats.keys()])('a schema that is refused, in the format %s,', (format) => {
  it('names its tool in the request, and the place in its schema', async () => {
    for (const isForced of [true, false]) {
      expect(await refusal(format, [{ name: 'now' }, bad], 'auto', isForced)).toMatchObject({
        code: 'RequestValidation',
        message: expect.stringMatching(/`tools\.1\.parameters`: at \/properties\/a~1b: uses `uniqueItems`/),
        details: { parameter: 'tools.1.parameters', path: '/properties/a~1b', keyword: 'uniqueItems' },
      });
    }
  });

  it('does so where that tool alone may be called, and where nothing can meet it', async () => {
    const tools = [{ name: 'now' }, { name: 'then' }, endless];
    for (const choice of [{ name: 'endless' }, { allowed: ['endless'], mode: 'required' }] as const) {
      expect(await refusal(format, tools, choice)).toMatchObject({
        message: expect.stringMatching(/`tools\.2\.parameters`: no finite answer/),
        details: { parameter: 'tools.2.parameters' },
      });
    }
  });
});
