import { readFileSync } from 'node:fs';
import type { ChatMessage, JsonValue } from '@ferrum/interfaces';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createChatTemplate } from './chat-template.js';

interface PythonMessage {
  readonly role: ChatMessage['role'];
  readonly content: string;
  readonly reasoning_content?: string;
  readonly tool_call_id?: string;
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly function: { readonly name: string; readonly arguments: unknown };
  }[];
}

interface Conversation {
  readonly messages: readonly PythonMessage[];
  readonly add_generation_prompt: boolean;
  readonly tools?: readonly JsonValue[] | null;
  readonly enable_thinking?: boolean;
}

type Expected = { readonly text?: string; readonly refusal?: string };

// Made by Jinja itself: fixtures/make.py and make_families.py.
const fixture: {
  readonly templates: Readonly<Record<string, string>>;
  readonly cases: readonly ({ readonly template: string; readonly variables: Conversation } & Expected)[];
} = readFixture('chat-templates');
const families: {
  readonly templates: Readonly<Record<string, string>>;
  readonly conversations: Readonly<Record<string, Conversation>>;
  readonly cases: readonly ({ readonly template: string; readonly conversation: string } & Expected)[];
} = readFixture('families');

function readFixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8'));
}

const user: ChatMessage = { role: 'user', content: 'hi' };

function templateOf(...entries: readonly (readonly [string, string])[]) {
  return createChatTemplate({
    templates: new Map(entries),
    specialTokens: { bos_token: '<s>', eos_token: '</s>' },
    source: 'test',
  });
}

function expectSame(template: string, variables: Conversation, { text, refusal }: Expected): void {
  const { messages, add_generation_prompt: addGenerationPrompt, tools, ...rest } = variables;
  const render = () =>
    templateOf(['default', template]).render(messages.map(fromPython), {
      addGenerationPrompt,
      ...(tools && { tools }),
      variables: rest,
    });
  if (text !== undefined) expect(render()).toBe(text);
  else
    expect(render).toThrow(
      expect.objectContaining({ code: 'RequestValidation', message: expect.stringContaining(refusal ?? '') }),
    );
}

describe('a chat template renders what Jinja renders', () => {
  for (const [index, { template, variables, ...expected }] of fixture.cases.entries()) {
    it(`${template}, case ${index}`, () => expectSame(fixture.templates[template] ?? '', variables, expected));
  }

  it.each(families.cases)('$template: $conversation', ({ template, conversation, ...expected }) => {
    const variables = families.conversations[conversation];
    if (!variables) throw new Error(`no conversation ${conversation}`);
    expectSame(families.templates[template] ?? '', variables, expected);
  });
});

describe('a chat template', () => {
  afterEach(() => void vi.useRealTimers());

  it('writes dates in English, in local time', () => {
    vi.useFakeTimers({ now: new Date(2026, 1, 3, 15, 4, 5) });
    const format = '%d %b %Y|%A %e %B %y %H:%M:%S|%I %p %-d %%';
    expect(templateOf(['default', `{{ strftime_now("${format}") }}`]).render([user])).toBe(
      '03 Feb 2026|Tuesday  3 February 26 15:04:05|03 PM 3 %',
    );
  });

  it('prefers the template named tool_use when there are tools', () => {
    const template = templateOf(['default', 'plain'], ['tool_use', 'tools']);
    expect(template.render([user])).toBe('plain');
    expect(template.render([user], { tools: [] })).toBe('plain');
    expect(template.render([user], { tools: [{}] })).toBe('tools');
  });

  it('gives a template the arguments of a broken tool call as text', () => {
    const call: ChatMessage = {
      role: 'assistant',
      content: '',
      toolCalls: [{ id: '1', name: 'f', arguments: '{"a":' }],
    };
    const template = templateOf(['default', '{{ messages[0].tool_calls[0].function.arguments }}']);
    expect(template.render([call])).toBe('{"a":');
  });

  it('gives a template an object for the arguments of a call that has none', () => {
    const call: ChatMessage = { role: 'assistant', content: '', toolCalls: [{ id: '1', name: 'f', arguments: '' }] };
    const template = templateOf(['default', '{{ messages[0].tool_calls[0].function.arguments | tojson }}']);
    expect(template.render([call])).toBe('{}');
  });

  it('shortens ids of calls for templates that want nine characters, alike in call and result', () => {
    const conversation = (id: string): readonly ChatMessage[] => [
      { role: 'assistant', content: '', toolCalls: [{ id, name: 'f', arguments: '{}' }] },
      { role: 'tool', content: '', toolCallId: id },
    ];
    const ids = '{{ messages[0].tool_calls[0].id }} {{ messages[1].tool_call_id }}';
    const template = templateOf(['default', `{% if messages[0].tool_calls[0].id | length != 9 %}bad{% endif %}${ids}`]);
    const [call, result] = template.render(conversation('call_0123456789abcdef')).split(' ');
    expect(call).toMatch(/^[a-z0-9]{9}$/);
    expect(result).toBe(call);
    expect(template.render(conversation('abcdefg12'))).toBe('abcdefg12 abcdefg12');
    expect(templateOf(['default', ids]).render(conversation('call_1'))).toBe('call_1 call_1');
  });

  it('says which template is not valid Jinja', () => {
    for (const broken of ['{% if %}', '{{ messages', '{% for %}', `{{ ${'('.repeat(100_000)} }}`]) {
      expect(() => templateOf(['default', broken])).toThrow(
        expect.objectContaining({ code: 'InvalidFormat', message: expect.stringContaining('"default"') }),
      );
    }
  });

  it('reports a template that fails while rendering', () => {
    for (const failing of ['{{ messages | nonsense }}', '{{ 1 + messages }}', '{{ range(1000000000) }}']) {
      expect(() => templateOf(['default', failing]).render([user])).toThrow(
        expect.objectContaining({ code: 'Tokenizer' }),
      );
    }
  });

  it('gives texts alone as parts to a template that knows nothing else, and images as places', () => {
    const lines =
      "{% for m in messages %}{% for part in m['content'] %}{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endfor %}";
    const image = { type: 'image', image: new Uint8Array(3) } as const;
    const seen: ChatMessage = {
      role: 'user',
      content: [{ type: 'text', text: 'a' }, image, { type: 'text', text: 'b' }],
    };
    expect(templateOf(['default', lines]).render([{ role: 'system', content: 'Hi ' }, seen])).toBe('Hi a<image>b');
  });

  it('gives texts in parts as one text to a template that wants that', () => {
    const parts: ChatMessage = {
      role: 'user',
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
    };
    expect(templateOf(['default', '{{ messages[0].content }}']).render([parts])).toBe('ab');
  });

  it('needs a default among several', () => {
    expect(() => templateOf(['rag', ''], ['tool_use', ''])).toThrow(expect.objectContaining({ code: 'InvalidFormat' }));
    expect(templateOf(['rag', 'only']).render([user])).toBe('only');
  });
});

function fromPython(message: PythonMessage): ChatMessage {
  const { role, content, reasoning_content: reasoning, tool_call_id: toolCallId, tool_calls: calls } = message;
  const toolCalls = calls?.map((call) => ({
    id: call.id,
    name: call.function.name,
    arguments: JSON.stringify(call.function.arguments),
  }));
  return {
    role,
    content,
    ...(reasoning !== undefined && { reasoning }),
    ...(toolCallId !== undefined && { toolCallId }),
    ...(toolCalls && { toolCalls }),
  };
}
