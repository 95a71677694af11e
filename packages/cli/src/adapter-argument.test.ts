import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { collectAdapters, requireAdapters } from './adapter-argument.js';
import { fakeEngine } from './testing/fake-engine.js';
import { runCommand } from './testing/run-command.js';

describe('collectAdapters', () => {
  it('puts names and paths together; a path may hold anything', () => {
    expect(collectAdapters('b=./x=y', collectAdapters('a-1=/tmp/a'))).toEqual({ 'a-1': '/tmp/a', b: './x=y' });
  });

  it.each(['', 'a', '=p', 'a=', 'a/b=p', '..=p', 'a b=p', '__proto__=p'])('refuses "%s"', (text) => {
    expect(() => collectAdapters(text)).toThrow('NAME=PATH');
  });

  it('refuses a name that is given twice', () => {
    expect(() => collectAdapters('a=q', { a: 'p' })).toThrow('two adapters');
  });
});

describe('requireAdapters', () => {
  const here = fileURLToPath(new URL('.', import.meta.url));

  it('finds a file, relative to the working directory', async () => {
    await expect(requireAdapters({ a: 'index.ts' }, here)).resolves.toBeUndefined();
  });

  it.each([
    ['nowhere', '--lora a=nowhere: there is no such file or folder.'],
    ['lines', '--lora a=lines: that folder has no adapter_config.json.'],
  ])('refuses %s', async (path, message) => {
    await expect(requireAdapters({ a: path }, here)).rejects.toMatchObject({
      code: 'InvalidParameter',
      message: expect.stringContaining(message),
    });
  });
});

describe('ferrum run --lora', () => {
  it('opens the engine with the adapter and asks for it, and takes one alone', async () => {
    const engine = fakeEngine({ answer: ['x'] });
    const path = fileURLToPath(import.meta.url);
    const run = (...flags: readonly string[]) =>
      runCommand(['run', 'tiny', 'hi', ...flags], { plugins: [engine.plugin] });
    expect(await run('--lora', `a=${path}`)).toMatchObject({ code: 0 });
    expect(engine.options).toEqual([{ adapters: { a: path } }]);
    expect(engine.requests[0]?.adapter).toBe('a');
    expect(await run('--lora', `a=${path}`, '--lora', `b=${path}`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--lora is given for a and b'),
    });
    expect(engine.options).toHaveLength(1);
  });
});
