import { describe, expect, it } from 'vitest';
import { parsePrompts, readPromptFile } from './prompt-file.js';

describe('a file of prompts', () => {
  it('has one on each line, and each of them once', () => {
    expect(parsePrompts('\uFEFFone\r\n\n two \none\n', 'f', 'chat')).toEqual(['one', ' two ']);
  });

  it('has JSON on each line when the first is', () => {
    const text = '{"prompt":"one"}\n{"messages":[{"role":"user","content":"two"}]}\n';
    expect(parsePrompts(text, 'f', 'chat')).toEqual(['one', [{ role: 'user', content: 'two' }]]);
  });

  it.each([
    ['', 'chat', /f holds no prompt/],
    ['\n  \n', 'chat', /f holds no prompt/],
    ['{"prompt":"one"}\n\ntwo', 'chat', /f:3 is no JSON/],
    ['{"prompt":"one"}\n[1]', 'chat', /f:2 is no JSON object/],
    ['{"prompt":1}', 'chat', /f:1 has neither "prompt"/],
    ['{"messages":[]}', 'chat', /f:1 has neither "prompt"/],
    ['{"messages":["hi"]}', 'chat', /f:1 has neither "prompt"/],
    ['{"messages":[{"role":"user"}]}', 'completions', /f:1 has "messages", which --endpoint completions/],
  ] as const)('%j is refused for %s', (text, endpoint, message) => {
    expect(() => parsePrompts(text, 'f', endpoint)).toThrow(message);
  });

  it('that is not there is told of', async () => {
    await expect(readPromptFile('/no/such/file', 'file', 'chat')).rejects.toMatchObject({
      code: 'InvalidParameter',
      message: expect.stringContaining('--prompts file cannot be read: ENOENT.'),
    });
  });
});
