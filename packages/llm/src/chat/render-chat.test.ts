import type { ChatMessage } from '@ferrum/interfaces';
import { createChatTemplate } from '@ferrum/models';
import { describe, expect, it } from 'vitest';
import { planAnswer } from './plan-answer.js';
import { renderChat } from './render-chat.js';

const templateOf = (text: string) =>
  createChatTemplate({ templates: new Map([['default', text]]), specialTokens: {}, source: 'a test' });

const turns =
  '{% for message in messages %}[{{ message.role }}]{{ message.content }}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}';
const plain = templateOf(turns);
const withoutSystem = templateOf(
  `{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}${turns}`,
);
const withTools = templateOf(
  `{% for tool in tools or [] %}<tool>{{ tool | tojson }}</tool>{% endfor %}<tool_call>|${turns}`,
);
const thinking = templateOf(
  `${turns}{% if add_generation_prompt %}{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}{% endif %}`,
);
const alwaysThinking = templateOf(`${turns}{% if add_generation_prompt %}<think>\n{% endif %}{# </think> #}`);

const user: ChatMessage = { role: 'user', content: 'hi' };
const tools = [{ name: 'now', description: 'The time', parameters: { type: 'object', properties: {} } }];
const history: readonly ChatMessage[] = [
  user,
  { role: 'assistant', content: '', toolCalls: [{ id: 'a', name: 'now', arguments: '{"zone": "UTC"}' }] },
  { role: 'tool', content: '12:00', toolCallId: 'a' },
];

describe('renderChat', () => {
  it('gives tools to a template that knows them, as OpenAI describes them', () => {
    expect(renderChat([user], { tools }, withTools)).toBe(
      '<tool>{"type": "function", "function": {"name": "now", "description": "The time", "parameters": {"type": "object", "properties": {}}}}</tool>' +
        '<tool_call>|[user]hi[assistant]',
    );
  });

  it('describes tools in the system message where the template knows none', () => {
    const text = renderChat([{ role: 'system', content: 'Be kind.' }, user], { tools }, plain);
    expect(text).toMatch(/^\[system\]Be kind\.\n\nYou can call/);
    expect(text).toContain('"name":"now"');
    expect(text).toMatch(/<\/tool_call>\[user\]hi\[assistant\]$/);
  });

  it('writes calls and results as text there, results as a turn of the user', () => {
    expect(renderChat(history, {}, plain)).toBe(
      '[user]hi[assistant]<tool_call>\n{"name": "now", "arguments": {"zone": "UTC"}}\n</tool_call>' +
        '[user]<tool_response>\n12:00\n</tool_response>[assistant]',
    );
  });

  it('puts what is for the system before the first question where there is no such role', () => {
    const text = renderChat([user], { tools }, withoutSystem);
    expect(text).toMatch(/^\[user\]You can call/);
    expect(text).toMatch(/hi\[assistant\]$/);
  });

  it('tells a model nothing of tools that it may not call', () => {
    expect(renderChat([user], { tools, toolChoice: 'none' }, withTools)).toBe('<tool_call>|[user]hi[assistant]');
    const two = [...tools, { name: 'later' }];
    expect(renderChat([user], { tools: two, toolChoice: { name: 'now' } }, withTools)).not.toContain('later');
  });

  it('turns thinking off by the variable that the template knows', () => {
    expect(renderChat([user], { reasoning: { enabled: false } }, thinking)).toBe(
      '[user]hi[assistant]<think>\n\n</think>\n\n',
    );
    expect(renderChat([user], { reasoning: { effort: 'none' } }, thinking)).toContain('</think>');
    expect(renderChat([user], { reasoning: { effort: 'high' } }, thinking)).toBe('[user]hi[assistant]');
    expect(renderChat([user], { templateVariables: { enable_thinking: false } }, thinking)).toContain('</think>');
  });

  it('refuses to turn off what the template cannot, but ends it at once for a budget of 0', () => {
    expect(() => renderChat([user], { reasoning: { enabled: false } }, alwaysThinking)).toThrow(
      expect.objectContaining({ code: 'Unsupported', details: { parameter: 'reasoning' } }),
    );
    expect(renderChat([user], { reasoning: { maxTokens: 0 } }, alwaysThinking)).toBe('[user]hi[assistant]<think>\n');
  });

  it('lets a model that never thinks be told not to, and refuses to make it', () => {
    expect(renderChat([user], { reasoning: { enabled: false } }, plain)).toBe('[user]hi[assistant]');
    expect(() => renderChat([user], { reasoning: { enabled: true } }, plain)).toThrow(
      expect.objectContaining({ code: 'Unsupported' }),
    );
  });
});

describe('planAnswer', () => {
  const plan = (template: typeof plain, options: Parameters<typeof planAnswer>[1] = {}) =>
    planAnswer([user], options, template, renderChat([user], options, template), undefined);

  it('knows whether the prompt has opened, closed or not begun the reasoning', () => {
    expect(plan(alwaysThinking).reasoning?.state).toBe('inside');
    expect(plan(thinking).reasoning?.state).toBe('maybe');
    expect(plan(thinking, { reasoning: { enabled: false } }).reasoning?.state).toBe('over');
    expect(plan(plain).reasoning).toBeUndefined();
  });

  it('does not take what the user says for the opening', () => {
    const messages = [{ ...user, content: 'what is <think>?' }];
    const text = renderChat(messages, {}, thinking);
    expect(planAnswer(messages, {}, thinking, text, undefined).reasoning?.state).toBe('maybe');
  });

  it('chooses the format by the template, or as the request says', () => {
    expect(plan(withTools, { tools }).calls?.format.name).toBe('hermes');
    expect(plan(plain, { tools }).calls?.format.name).toBe('hermes');
    expect(plan(withTools, { tools, toolCallFormat: 'llama3' }).calls?.format.name).toBe('llama3');
    expect(plan(withTools, { tools, toolChoice: 'none' }).calls).toBeUndefined();
  });

  it('constrains what is forced, after the reasoning', () => {
    expect(plan(withTools, { tools }).constraint).toBeUndefined();
    expect(plan(withTools, { tools, toolChoice: 'required' }).constraint).toMatchObject({ type: 'repeat', min: 1 });
    expect(plan(withTools, { tools, toolChoice: { name: 'now' } }).constraint).toMatchObject({ type: 'sequence' });
    expect(plan(alwaysThinking, { tools, toolChoice: 'required' }).constraint).toMatchObject({
      type: 'after',
      text: '</think>',
    });
    expect(plan(thinking, { tools, toolChoice: 'required' }).constraint?.type).toBe('alternatives');
    const strict = [{ name: 'now', strict: true }];
    expect(plan(withTools, { tools: strict }).constraint).toMatchObject({ type: 'triggered' });
  });
});
