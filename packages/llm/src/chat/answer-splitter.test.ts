import type { ToolCallDelta } from '@ferrum/interfaces';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnswerPlan, ReasoningPlan } from './answer-plan.js';
import { AnswerSplitter } from './answer-splitter.js';
import { toolCallFormats } from './formats/index.js';
import { ToolSet } from './tool-set.js';

const tools = new ToolSet(
  [
    {
      name: 'get_weather',
      parameters: {
        type: 'object',
        properties: { city: { type: 'string' }, days: { type: 'integer' }, tags: { type: 'array' } },
      },
    },
    { name: 'now' },
  ],
  'auto',
  true,
);
const think = (state: ReasoningPlan['state']): ReasoningPlan => ({
  open: '<think>',
  close: '</think>',
  state,
  budget: Number.POSITIVE_INFINITY,
});
const plan = (format: string, more: Partial<AnswerPlan> = {}): AnswerPlan => {
  const found = toolCallFormats.get(format);
  if (!found) throw new Error(`no format ${format}`);
  return { calls: { format: found, tools }, constraint: undefined, ...more };
};

interface Split {
  readonly text: string;
  readonly reasoning: string;
  readonly calls: readonly { readonly name: string; readonly arguments: string }[];
}

function split(given: AnswerPlan, pieces: readonly string[]): Split {
  const splitter = new AnswerSplitter(given);
  const calls: { name: string; arguments: string }[] = [];
  let [text, reasoning] = ['', ''];
  const take = (toolCalls: readonly ToolCallDelta[]): void => {
    for (const { index, name, arguments: piece } of toolCalls) {
      const call = calls[index];
      if (call) call.arguments += piece;
      else calls[index] = { name: name ?? '', arguments: piece };
    }
  };
  for (const piece of [...pieces.map((one) => splitter.push(one)), splitter.finish()]) {
    text += piece.text;
    reasoning += piece.reasoning;
    take(piece.toolCalls);
  }
  return { text, reasoning, calls };
}

const weather = { name: 'get_weather', arguments: '{"city": "Oslo", "days": 2}' };
const now = { name: 'now', arguments: '{}' };
const json = (key = 'arguments') => `{"name": "get_weather", "${key}": {"city": "Oslo", "days": 2}}`;
const nowJson = (key = 'arguments') => `{"name": "now", "${key}": {}}`;

/** What a model writes, and what is in it. */
const answers: readonly (readonly [string, string, AnswerPlan, string, Split])[] = [
  [
    'hermes',
    'a call',
    plan('hermes'),
    `<tool_call>\n${json()}\n</tool_call>`,
    { text: '', reasoning: '', calls: [weather] },
  ],
  [
    'hermes',
    'text and two calls',
    plan('hermes'),
    `Let me see.\n<tool_call>\n${json()}\n</tool_call>\n<tool_call>${nowJson()}</tool_call>`,
    { text: 'Let me see.', reasoning: '', calls: [weather, now] },
  ],
  [
    'hermes',
    'arguments before the name',
    plan('hermes'),
    '<tool_call>{"arguments": {"city": "Oslo", "days": 2}, "name": "get_weather"}</tool_call>',
    { text: '', reasoning: '', calls: [{ ...weather, arguments: '{"city":"Oslo","days":2}' }] },
  ],
  [
    'hermes',
    'braces and quotes in a text',
    plan('hermes'),
    '<tool_call>{"name": "get_weather", "arguments": {"city": "a}\\"</tool_call>{"}}</tool_call> Done.',
    {
      text: 'Done.',
      reasoning: '',
      calls: [{ name: 'get_weather', arguments: '{"city": "a}\\"</tool_call>{"}' }],
    },
  ],
  [
    'hermes',
    'a tool that is not there',
    plan('hermes'),
    '<tool_call>{"name": "rm", "arguments": {}}</tool_call>',
    { text: '<tool_call>{"name": "rm", "arguments": {}}</tool_call>', reasoning: '', calls: [] },
  ],
  [
    'hermes',
    'a thought, then a call',
    plan('hermes', { reasoning: think('inside') }),
    `\nThe city is Oslo.\n</think>\n\n<tool_call>\n${json()}\n</tool_call>`,
    { text: '', reasoning: 'The city is Oslo.', calls: [weather] },
  ],
  [
    'hermes',
    'a thought that it opens itself, then text',
    plan('hermes', { reasoning: think('maybe') }),
    '<think>\nHm < 3.\n</think>\n\nIt is 3 < 4 </ok>.',
    { text: 'It is 3 < 4 </ok>.', reasoning: 'Hm < 3.', calls: [] },
  ],
  [
    'hermes',
    'no thought',
    plan('hermes', { reasoning: think('maybe') }),
    'Plain <b>text</b>.',
    { text: 'Plain <b>text</b>.', reasoning: '', calls: [] },
  ],
  ['llama3', 'a bare call', plan('llama3'), json('parameters'), { text: '', reasoning: '', calls: [weather] }],
  [
    'llama3',
    'two calls after the tag',
    plan('llama3'),
    `<|python_tag|>${json('parameters')}; ${nowJson('parameters')}`,
    { text: '', reasoning: '', calls: [weather, now] },
  ],
  [
    'llama3',
    'JSON that is no call',
    plan('llama3'),
    '{"answer": [1, {"name": "now"}]}',
    { text: '{"answer": [1, {"name": "now"}]}', reasoning: '', calls: [] },
  ],
  [
    'mistral',
    'a list',
    plan('mistral'),
    `[TOOL_CALLS] [${json()}, ${nowJson()}]`,
    { text: '', reasoning: '', calls: [weather, now] },
  ],
  [
    'mistral-args',
    'two calls',
    plan('mistral-args'),
    '[TOOL_CALLS]get_weather[ARGS]{"city": "Oslo", "days": 2}[TOOL_CALLS]now[ARGS]{}',
    { text: '', reasoning: '', calls: [weather, now] },
  ],
  ['granite', 'a list', plan('granite'), `<|tool_call|>[${json()}]`, { text: '', reasoning: '', calls: [weather] }],
  [
    'phi4',
    'a list',
    plan('phi4'),
    `<|tool_call|>[${json()}, ${nowJson()}]<|/tool_call|>`,
    { text: '', reasoning: '', calls: [weather, now] },
  ],
  [
    'gemma',
    'a fence',
    plan('gemma'),
    `\`\`\`json\n${json('parameters')}\n\`\`\``,
    { text: '', reasoning: '', calls: [weather] },
  ],
  [
    'generic',
    'a nested call in a list',
    plan('generic'),
    '[{"type": "function", "function": {"name": "now", "arguments": "{}"}}]',
    { text: '', reasoning: '', calls: [now] },
  ],
  [
    'qwen3-coder',
    'typed values',
    plan('qwen3-coder'),
    'Sure.\n<tool_call>\n<function=get_weather>\n<parameter=city>\nA "city" <of>\nlines\n</parameter>\n<parameter=days>\n2\n</parameter>\n' +
      '<parameter=tags>\n["a", "b"]\n</parameter>\n</function>\n</tool_call>\n<tool_call>\n<function=now>\n</function>\n</tool_call>',
    {
      text: 'Sure.',
      reasoning: '',
      calls: [
        { name: 'get_weather', arguments: '{"city": "A \\"city\\" <of>\\nlines", "days": 2, "tags": ["a", "b"]}' },
        now,
      ],
    },
  ],
];

describe('AnswerSplitter', () => {
  it.each(answers)('reads what %s writes: %s', (_format, _what, given, text, expected) => {
    expect(split(given, [text])).toEqual(expected);
    expect(split(given, [...text])).toEqual(expected);
  });

  it('reads the same however the text is cut', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...answers),
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 60 }),
        ([, , given, text, expected], lengths) => {
          const pieces: string[] = [];
          for (let at = 0, i = 0; at < text.length; i++) {
            const length = lengths[i % lengths.length]!;
            pieces.push(text.slice(at, at + length));
            at += length;
          }
          expect(split(given, pieces)).toEqual(expected);
        },
      ),
    );
  });

  it('loses nothing of a text without calls, whatever it looks like', () => {
    const parts = [
      '<tool',
      '_call>',
      '[TOOL_',
      'CALLS]',
      '{"name": ',
      '"x"',
      '}',
      '```json',
      '\n',
      ' ',
      'word',
      '<',
      '<|python_tag|>',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...toolCallFormats.keys()),
        fc.array(fc.constantFrom(...parts), { maxLength: 30 }),
        (format, pieces) => {
          const { text, calls } = split(plan(format), pieces);
          expect(calls).toEqual([]);
          expect(text).toBe(pieces.join(''));
        },
      ),
    );
  });

  it('gives the arguments on as they come', () => {
    const splitter = new AnswerSplitter(plan('hermes'));
    const first = splitter.push('<tool_call>\n{"name": "get_weather", "arguments": {"ci');
    expect(first.toolCalls).toEqual([
      { index: 0, id: expect.stringMatching(/^call_[0-9a-f]{24}$/), name: 'get_weather', arguments: '' },
      { index: 0, arguments: '{"ci' },
    ]);
    expect(splitter.push('ty": "Os').toolCalls).toEqual([{ index: 0, arguments: 'ty": "Os' }]);
  });

  it('ends after one call where several are not allowed', () => {
    const single = new ToolSet(tools.tools, 'auto', false);
    const splitter = new AnswerSplitter({
      calls: { format: toolCallFormats.get('hermes')!, tools: single },
      constraint: undefined,
    });
    splitter.push(`<tool_call>${nowJson()}`);
    splitter.push('</tool_call>');
    expect(splitter.isOver).toBe(true);
  });

  it('gives what there is of a call that is cut off', () => {
    expect(split(plan('hermes'), ['<tool_call>{"name": "get_weather", "arguments": {"city": "Os'])).toEqual({
      text: '',
      reasoning: '',
      calls: [{ name: 'get_weather', arguments: '{"city": "Os' }],
    });
    expect(split(plan('hermes'), ['Well. <tool_call>{"name": "get_w']).text).toBe('Well. <tool_call>{"name": "get_w');
  });
});

describe('what models get wrong', () => {
  const single = new ToolSet(tools.tools, 'auto', false);
  const only = (format: string): AnswerPlan => ({
    calls: { format: toolCallFormats.get(format)!, tools: single },
    constraint: undefined,
  });

  it.each([
    ['an escape that is none', '<tool_call>{"name": "\\x", "arguments": {}}</tool_call>'],
    ['a line break in a name', '<tool_call>{"name": "a\nb", "arguments": {}}</tool_call>'],
    ['words before the name', '<tool_call>well {"name": "now", "arguments": {}}</tool_call>'],
  ])('leaves %s as text', (_what, text) => {
    for (const pieces of [[text], [...text]]) expect(split(plan('hermes'), pieces)).toMatchObject({ text, calls: [] });
  });

  it('gives nothing of a forced call that is cut off in its opening', () => {
    const forced = (format: string): AnswerPlan => {
      const given = plan(format);
      return { ...given, calls: { ...given.calls!, tools: new ToolSet(tools.tools, 'required', true) } };
    };
    for (const begun of ['<', '<tool_', '<tool_call>', '<tool_call>\n{"na']) {
      expect(split(forced('hermes'), [begun])).toEqual({ text: '', reasoning: '', calls: [] });
      expect(split(plan('hermes'), [begun]).text).toBe(begun);
    }
  });

  it('goes on after a call that lacks its brace', () => {
    const text = '<tool_call>\n{"name": "now", "arguments": {}\n</tool_call>\nThe rest';
    for (const pieces of [[text], [...text]]) {
      expect(split(plan('hermes'), pieces)).toMatchObject({ text: 'The rest', calls: [now] });
    }
  });

  it('takes one call of a list where several are not allowed', () => {
    const list = `[TOOL_CALLS] [${json()}, ${nowJson()}]`;
    for (const pieces of [[list], [...list]]) expect(split(only('mistral'), pieces).calls).toEqual([weather]);
    const xml = '<tool_call>\n<function=now>\n</function>\n<function=now>\n</function>\n</tool_call>';
    for (const pieces of [[xml], [...xml]]) expect(split(only('qwen3-coder'), pieces).calls).toEqual([now]);
  });

  it('closes a function that the model left open', () => {
    const text = '<tool_call>\n<function=get_weather>\n<parameter=days>\n2\n</parameter>\n<function=now>\n</tool_call>';
    for (const pieces of [[text], [...text]]) {
      expect(split(plan('qwen3-coder'), pieces).calls).toEqual([
        { name: 'get_weather', arguments: '{"days": 2}' },
        now,
      ]);
    }
  });

  it('leaves text in place of a function as text', () => {
    const text = '<tool_call>\nI would call <function=now> here\n</tool_call>';
    for (const pieces of [[text], [...text]])
      expect(split(plan('qwen3-coder'), pieces)).toMatchObject({ text, calls: [] });
  });

  it('does not take the beginning of a second call for text', () => {
    const text = `<tool_call>\n${nowJson()}\n</tool_call>\n<tool_call>\n{"name": "get_wea`;
    expect(split(plan('hermes'), [text])).toMatchObject({ text: '', calls: [now] });
  });
});
