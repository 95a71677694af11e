import { readFileSync } from 'node:fs';
import type { ChatMessage, JsonValue } from '@ferrum/interfaces';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createChatTemplate } from './chat-template.js';

interface PythonMessage {
  readonly role: ChatMessage['role'];
  readonly content: string;
  readonly tool_call_id?: string;
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly function: { readonly name: string; readonly arguments: unknown };
  }[];
}

// Made by Jinja itself: fixtures/make.py.
const fixture: {
  readonly templates: Readonly<Record<string, string>>;
  readonly cases: readonly {
    readonly template: string;
    readonly text?: string;
    readonly refusal?: string;
    readonly variables: {
      readonly messages: readonly PythonMessage[];
      readonly add_generation_prompt: boolean;
      readonly tools?: readonly JsonValue[] | null;
      readonly enable_thinking?: boolean;
    };
  }[];
} = JSON.parse(readFileSync(new URL('./fixtures/chat-templates.json', import.meta.url), 'utf8'));

const user: ChatMessage = { role: 'user', content: 'hi' };

function templateOf(...entries: readonly (readonly [string, string])[]) {
  return createChatTemplate({
    templates: new Map(entries),
    specialTokens: { bos_token: '<s>', eos_token: '</s>' },
    source: 'test',
  });
}

describe('a chat template renders what Jinja renders', () => {
  for (const [index, { template, variables, text, refusal }] of fixture.cases.entries()) {
    it(`${template}, case ${index}`, () => {
      const { messages, add_generation_prompt: addGenerationPrompt, tools, ...rest } = variables;
      const render = () =>
        templateOf(['default', fixture.templates[template] ?? '']).render(messages.map(fromPython), {
          addGenerationPrompt,
          ...(tools && { tools }),
          variables: rest,
        });
      if (text !== undefined) expect(render()).toBe(text);
      else
        expect(render).toThrow(
          expect.objectContaining({ code: 'RequestValidation', message: expect.stringContaining(refusal ?? '') }),
        );
    });
  }
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

  it('needs a default among several', () => {
    expect(() => templateOf(['rag', ''], ['tool_use', ''])).toThrow(expect.objectContaining({ code: 'InvalidFormat' }));
    expect(templateOf(['rag', 'only']).render([user])).toBe('only');
  });
});

function fromPython({ role, content, tool_call_id: toolCallId, tool_calls: calls }: PythonMessage): ChatMessage {
  const toolCalls = calls?.map((call) => ({
    id: call.id,
    name: call.function.name,
    arguments: JSON.stringify(call.function.arguments),
  }));
  return { role, content, ...(toolCallId !== undefined && { toolCallId }), ...(toolCalls && { toolCalls }) };
}
