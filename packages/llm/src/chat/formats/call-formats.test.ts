import { createHost } from '@ferrum/registry';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// The built package: importing a model and masking run in worker threads, which need JavaScript.
import { plugin } from '../../../dist/index.js';
import { AnswerSplitter } from '../answer-splitter.js';
import { ToolSet } from '../tool-set.js';
import { formatOfTemplate, toolCallFormats } from './index.js';

const weather = {
  name: 'get_weather',
  description: 'The weather of a city',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string', maxLength: 20 }, days: { type: 'integer' }, tags: { type: 'array' } },
    required: ['city'],
  },
};
const tools = [weather, { name: 'now', description: 'The time' }];

interface Split {
  text: string;
  readonly calls: { name: string; arguments: string }[];
}

function split(name: string, pieces: readonly string[], parallel = true): Split {
  const format = toolCallFormats.get(name);
  if (!format) throw new Error(`no format ${name}`);
  const calls = { format, tools: new ToolSet(tools, 'auto', parallel) };
  const splitter = new AnswerSplitter({ calls, constraint: undefined });
  const found: Split = { text: '', calls: [] };
  const take = ({ text, toolCalls }: ReturnType<AnswerSplitter['push']>): void => {
    found.text += text;
    for (const { index, name: called, arguments: piece } of toolCalls) {
      const call = found.calls[index];
      if (call) call.arguments += piece;
      else found.calls[index] = { name: called ?? '', arguments: piece };
    }
  };
  for (const piece of pieces) take(splitter.push(piece));
  take(splitter.finish());
  return found;
}

const call = (json: string, name = 'get_weather') => ({ name, arguments: json });

const answers: readonly (readonly [format: string, what: string, text: string, expected: Split])[] = [
  [
    'glm',
    'text and two calls',
    'Let me see.\n<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Oslo "N" <3\n</arg_value>\n<arg_key>days</arg_key>\n' +
      '<arg_value>2</arg_value>\n<arg_key>tags</arg_key>\n<arg_value>["a", {"b": 1}]</arg_value>\n</tool_call>\n<tool_call>now\n</tool_call>',
    {
      text: 'Let me see.',
      calls: [call(String.raw`{"city": "Oslo \"N\" <3\n", "days": 2, "tags": ["a", {"b": 1}]}`), call('{}', 'now')],
    },
  ],
  [
    'glm',
    'a call without line breaks',
    '<tool_call>now</tool_call><tool_call>get_weather<arg_key>city</arg_key><arg_value>Rom</arg_value></tool_call>Done',
    { text: 'Done', calls: [call('{}', 'now'), call('{"city": "Rom"}')] },
  ],
  [
    'glm',
    'a tool that is not there',
    '<tool_call>rm\n<arg_key>a</arg_key>\n</tool_call>',
    { text: '<tool_call>rm\n<arg_key>a</arg_key>\n</tool_call>', calls: [] },
  ],
  [
    'lfm2',
    'two calls and text',
    'I look.<|tool_call_start|>[get_weather(city="Oslo, (N)", days=2, tags=[\'a\', None]), now()]<|tool_call_end|>Wait.',
    { text: 'I look.Wait.', calls: [call('{"city": "Oslo, (N)", "days": 2, "tags": ["a", null]}'), call('{}', 'now')] },
  ],
  ['lfm2', 'no call', 'Well <|tool_call_start|>none', { text: 'Well <|tool_call_start|>none', calls: [] }],
  [
    'pythonic',
    'a list of calls',
    "[get_weather(city='It\\'s \"Oslo\"', days = 3), now( )]",
    { text: '', calls: [call(String.raw`{"city": "It's \"Oslo\"", "days": 3}`), call('{}', 'now')] },
  ],
  [
    'pythonic',
    'values without names',
    '[get_weather("Oslo", 3)]',
    { text: '', calls: [call('{"city": "Oslo", "days": 3}')] },
  ],
  [
    'pythonic',
    'a value that is none',
    '[get_weather(city=Oslo, days=1+1)]',
    { text: '', calls: [call('{"city": "Oslo", "days": "1+1"}')] },
  ],
  [
    'pythonic',
    'a call without its bracket',
    '[get_weather(city="Oslo"]',
    { text: '', calls: [call('{"city": "Oslo"}')] },
  ],
  ['pythonic', 'a list of numbers', '[1, 2] is a list', { text: '[1, 2] is a list', calls: [] }],
];

describe('formats that write arguments apart', () => {
  it.each(answers)('%s: %s', (format, _what, text, expected) => {
    expect(split(format, [text])).toEqual(expected);
  });

  it('read the same however the text is cut', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(fc.constantFrom(...answers), lengths, ([format, , text, expected], cuts) => {
        const pieces: string[] = [];
        for (let at = 0, i = 0; at < text.length; i++) {
          const length = cuts[i % cuts.length] ?? 1;
          pieces.push(text.slice(at, at + length));
          at += length;
        }
        expect(split(format, pieces)).toEqual(expected);
      }),
    );
  });

  it('give texts on as they come in GLM, and arguments one by one in Python', () => {
    expect(split('glm', ['<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Os']).calls).toEqual([
      call('{"city": "Os'),
    ]);
    expect(split('pythonic', ['[get_weather(city="Oslo", days=']).calls).toEqual([call('{"city": "Oslo"')]);
  });

  it('take one call where several are not allowed', () => {
    const calls = [call('{}', 'now')];
    expect(split('pythonic', ['[now(), get_weather(city="a")]'], false)).toEqual({ text: '', calls });
    expect(split('glm', ['<tool_call>now\n</tool_call>\n<tool_call>now\n</tool_call>'], false)).toEqual({
      text: '',
      calls,
    });
  });

  it.each([
    ['glm', 'tools: <arg_key>{arg-key}</arg_key> in <tool_call>'],
    ['lfm2', 'List of tools: <|tool_list_start|>[]<|tool_list_end|> <|tool_call_start|>'],
  ])('%s is known by its template', (name, template) => {
    expect(formatOfTemplate(template).name).toBe(name);
  });
});

describe('calls that SmolLM2 is made to write', () => {
  const host = createHost({ plugins: [plugin] });
  let engine: Awaited<ReturnType<typeof host.resolve<'text-generation'>>>;
  beforeAll(async () => {
    const options = { threads: 2, contextLength: 1024 };
    engine = await host.resolve('text-generation', { model: 'smollm2:135m', options });
  }, 600_000);
  afterAll(() => host.dispose());

  it.each(['glm', 'lfm2', 'pythonic'])('follow their schema in %s', async (toolCallFormat) => {
    const { text, toolCalls, finishReason } = await engine.infer({
      messages: [{ role: 'user', content: 'What is the weather in Oslo for 3 days?' }],
      tools: [{ ...weather, parameters: { ...weather.parameters, required: ['city', 'days'] } }],
      toolChoice: { name: 'get_weather' },
      toolCallFormat,
      sampling: { temperature: 0, maxTokens: 200 },
    });
    expect([text, finishReason, toolCalls?.length]).toEqual(['', 'tool_calls', 1]);
    expect(JSON.parse(toolCalls?.[0]?.arguments ?? '')).toMatchObject({
      city: expect.any(String),
      days: expect.any(Number),
    });
  });
});
