import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChatMessage } from '@ferrum/interfaces';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chatTemplateFromGguf, loadChatTemplate } from './load-chat-template.js';

const messages: readonly ChatMessage[] = [{ role: 'user', content: 'hi' }];

describe('the chat template of a folder', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ferrum-chat-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const write = (file: string, text: string) => writeFile(join(folder, file), text);

  it('is undefined when no file has one', async () => {
    expect(await loadChatTemplate(folder)).toBeUndefined();
    await write('tokenizer_config.json', '{"bos_token":"<s>"}');
    expect(await loadChatTemplate(folder)).toBeUndefined();
  });

  it('comes from tokenizer_config.json, and knows its special tokens', async () => {
    const config = {
      bos_token: { content: '<s>' },
      eos_token: '</s>',
      chat_template: '{{ bos_token }}{{ messages[0].content }}{{ eos_token }}{{ pad_token }}',
    };
    await write('tokenizer_config.json', JSON.stringify(config));
    expect((await loadChatTemplate(folder))?.render(messages)).toBe('<s>hi</s>');
  });

  it('may be one of several by name', async () => {
    const templates = [
      { name: 'tool_use', template: 'tools' },
      { name: 'default', template: 'plain' },
    ];
    await write('tokenizer_config.json', JSON.stringify({ chat_template: templates }));
    expect((await loadChatTemplate(folder))?.render(messages)).toBe('plain');
  });

  it('comes from chat_template.jinja first', async () => {
    await write('tokenizer_config.json', '{"bos_token":"<s>","chat_template":"config"}');
    await write('chat_template.jinja', '{{ bos_token }}file\n');
    expect((await loadChatTemplate(folder))?.render(messages)).toBe('<s>file');
  });

  it('comes from chat_template.json before the configuration', async () => {
    await write('tokenizer_config.json', '{"bos_token":"<s>","chat_template":"config"}');
    await write('chat_template.json', '{"chat_template":"{{ bos_token }}processor"}');
    expect((await loadChatTemplate(folder))?.render(messages)).toBe('<s>processor');
    await write('chat_template.json', '{}');
    await expect(loadChatTemplate(folder)).rejects.toMatchObject({ code: 'InvalidFormat' });
  });

  it('must exist when a file is named', async () => {
    await expect(loadChatTemplate({ chatTemplate: join(folder, 'absent.jinja') })).rejects.toMatchObject({
      code: 'NotFound',
    });
  });

  it('names a file that is wrong', async () => {
    await write('tokenizer_config.json', '{"chat_template":7}');
    await expect(loadChatTemplate(folder)).rejects.toMatchObject({
      code: 'InvalidFormat',
      message: expect.stringContaining('tokenizer_config.json: field "chat_template"'),
    });
  });
});

describe('the chat template of a GGUF file', () => {
  const metadata = new Map<string, unknown>([
    ['tokenizer.ggml.tokens', ['<unk>', '<s>', '</s>']],
    ['tokenizer.ggml.bos_token_id', 1],
    ['tokenizer.ggml.eos_token_id', 2],
  ]);

  it('knows the special tokens, and named variants', () => {
    const template = chatTemplateFromGguf(
      new Map([
        ...metadata,
        ['tokenizer.chat_template', '{{ bos_token }}x{{ eos_token }}'],
        ['tokenizer.chat_template.tool_use', 'tools'],
      ]),
    );
    expect(template?.render(messages)).toBe('<s>x</s>');
    expect(template?.render(messages, { tools: [{}] })).toBe('tools');
  });

  it('is undefined when there is none, and must be text', () => {
    expect(chatTemplateFromGguf(metadata)).toBeUndefined();
    expect(() => chatTemplateFromGguf(new Map([...metadata, ['tokenizer.chat_template', 3]]), 'a.gguf')).toThrow(
      expect.objectContaining({ code: 'InvalidFormat', message: expect.stringContaining('a.gguf') }),
    );
  });
});
