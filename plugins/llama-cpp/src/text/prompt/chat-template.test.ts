import { describe, expect, it } from 'vitest';
import { createChatTemplate } from './chat-template.js';

const variables = { bos_token: '<s>', eos_token: '</s>' };
const user = { role: 'user', content: 'Hi' } as const;

describe('a chat template', () => {
  it('knows the messages, the special tokens and whether an answer is to follow', () => {
    const source =
      "{{ bos_token }}{% for m in messages %}[{{ m['role'] }}{{ m.name }}]{{ m['content'] }}{% endfor %}{% if add_generation_prompt %}>{% endif %}{% if tools is not none %}tools{% endif %}";
    const render = createChatTemplate(source, variables, 'a model');
    expect(render([{ ...user, name: 'ada' }, user], true)).toBe('<s>[userada]Hi[user]Hi>');
    expect(render([user], false)).toBe('<s>[user]Hi');
  });

  it('knows what the assistant thought', () => {
    const source =
      '{% for m in messages %}{% if m.reasoning_content %}<{{ m.reasoning_content }}>{% endif %}{{ m.content }}{% endfor %}';
    const render = createChatTemplate(source, variables, 'a model');
    expect(render([user, { role: 'assistant', content: 'Yes', reasoning: 'hm' }], true)).toBe('Hi<hm>Yes');
  });

  it('says in its own words which messages it refuses', () => {
    const source = "{% if messages[0]['role'] == 'user' %}{{ raise_exception('System first!') }}{% endif %}";
    expect(() => createChatTemplate(source, variables, 'a model')([user], true)).toThrow(
      expect.objectContaining({ code: 'RequestValidation', message: expect.stringContaining('System first!') }),
    );
  });

  it('that is no Jinja is an error', () => {
    expect(() => createChatTemplate('{% if %}', variables, 'a model')).toThrow(
      expect.objectContaining({ code: 'InvalidFormat', message: expect.stringContaining('a model') }),
    );
  });
});
