import { EventEmitter } from 'node:events';
import { FerrumError } from '@ferrum/registry';
import { describe, expect, it } from 'vitest';
import { fakeStore } from '../testing/fake-store.js';
import { jsonLines } from '../testing/json-lines.js';
import { runCommand } from '../testing/run-command.js';

const tiny = {
  reference: 'tiny',
  sizeBytes: 98_362_432,
  path: '/models/tiny',
  complete: true,
  pulledAt: new Date('2026-11-23T02:51:00.000Z'),
  source: 'https://host/tiny.gguf',
} as const;
const half = { reference: 'hf:a/b', sizeBytes: 12, path: '/models/b', complete: false } as const;

describe('ferrum pull', () => {
  it('says on stdout where the model is, and on stderr what it does', async () => {
    const store = fakeStore({
      pull: async ({ onProgress }) =>
        onProgress?.({ phase: 'download', label: 'tiny.gguf', unit: 'bytes', completed: 0, total: 98_362_432 }),
    });
    const result = await runCommand(['pull', 'tiny'], { store });
    expect(result).toMatchObject({ code: 0, stderr: 'downloading tiny.gguf (98.4 MB)\n' });
    expect(result.stdout).toMatch(/^tiny \(98\.4 MB, MIT\) is in .+\n$/);
  });

  it.each([
    ['NotFound', 3],
    ['Network', 4],
    ['IO', 1],
  ] as const)('that fails with %s ends with %i', async (code, exitCode) => {
    const store = fakeStore({ pull: () => Promise.reject(new FerrumError(code, 'No way.')) });
    expect(await runCommand(['pull', 'tiny'], { store })).toEqual({
      code: exitCode,
      stdout: '',
      stderr: 'ferrum: No way.\n',
    });
  });

  it('that is interrupted stops through the signal', async () => {
    const signals = new EventEmitter();
    const store = fakeStore({
      pull: ({ signal }) =>
        new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(new FerrumError('Cancelled', 'The download was cancelled.')));
          signals.emit('SIGINT');
        }),
    });
    expect(await runCommand(['pull', 'tiny'], { store, signals })).toMatchObject({ code: 130, stdout: '' });
  });
});

describe('ferrum list', () => {
  it('lists what is there, in columns', async () => {
    const { code, stdout } = await runCommand(['ls'], { store: fakeStore({ installed: [tiny, half] }) });
    expect(code).toBe(0);
    const [header, first, second] = stdout.split('\n');
    expect(header).toMatch(/^MODEL +SIZE +PULLED +PATH$/);
    expect(first).toMatch(/^tiny +98\.4 MB +2026-11-2\d \d\d:\d\d +\/models\/tiny$/);
    expect(second).toMatch(/^hf:a\/b +12 B +incomplete +\/models\/b$/);
  });

  it('prints one object per line with --json', async () => {
    const { stdout } = await runCommand(['list', '--json'], { store: fakeStore({ installed: [tiny, half] }) });
    expect(jsonLines(stdout)).toEqual([{ ...tiny, pulledAt: '2026-11-23T02:51:00.000Z' }, half]);
  });

  it('of nothing leaves stdout empty and says how to begin', async () => {
    const people = await runCommand(['list']);
    expect(people).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('ferrum pull') });
    expect(await runCommand(['list', '--json'])).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

describe('ferrum rm', () => {
  it('removes each model and says what that freed', async () => {
    const store = fakeStore({ installed: [tiny, half] });
    const { code, stdout } = await runCommand(['rm', 'tiny', 'hf:a/b', 'tiny'], { store });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'removed tiny, 98.4 MB freed\nremoved hf:a/b, 12 B freed\n' });
    expect(await store.list()).toEqual([]);
  });

  it('removes the others when one is not there, and ends with 3', async () => {
    const store = fakeStore({ installed: [tiny] });
    const { code, stdout, stderr } = await runCommand(['rm', 'nothing', 'tiny', 'nobody'], { store });
    expect({ code, stdout }).toEqual({ code: 3, stdout: 'removed tiny, 98.4 MB freed\n' });
    expect(stderr).toMatch(/^ferrum: nothing is not .+\nferrum: nobody is not .+\n$/);
  });
});
