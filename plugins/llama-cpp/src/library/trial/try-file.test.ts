import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type TryRequest, tryFile } from './try-file.js';

const folder = mkdtempSync(path.join(tmpdir(), 'ferrum-trial-'));
afterAll(() => rmSync(folder, { recursive: true }));

const trial = { label: 'A model', file: '/models/a.gguf', use: 'text-generation', options: { gpu: 'auto' } } as const;

/** Has a program play the part of the process that tries files. */
function tryWith(name: string, program: string, request: Partial<TryRequest> = {}) {
  const script = path.join(folder, `${name}.mjs`);
  writeFileSync(script, program);
  return tryFile({ trial, script, signal: undefined, timeoutMs: 30_000, onProgress: () => {}, ...request });
}

const begin = `process.send({ type: 'begin' })`;

describe('a process that tries a file', () => {
  it('is told what to try, and tells how far it is', async () => {
    const shares: number[] = [];
    const program = `
      const { file } = JSON.parse(process.argv[2]);
      process.send({ type: 'progress', share: file.length });
      process.send({ type: 'end' }, () => process.exit(7));`;
    await tryWith('good', program, { onProgress: (share) => shares.push(share) });
    expect(shares).toEqual([trial.file.length]);
  });

  it.each([
    [
      'that aborts',
      `${begin}; console.error('a.cpp:7: GGML_ASSERT(n > 0) failed'); setTimeout(() => process.abort(), 100)`,
      'GGML_ASSERT(n > 0) failed',
    ],
    ['that is killed', `${begin}; setTimeout(() => process.kill(process.pid, 'SIGKILL'), 100)`, 'SIGKILL'],
    ['that ends without a word', `${begin}; setTimeout(() => process.exit(0), 100)`, 'exit code 0'],
  ])('%s is an error that names the file', async (name, program, said) => {
    await expect(tryWith(name, program)).rejects.toMatchObject({
      code: 'Model',
      message: expect.stringMatching(/\/models\/a\.gguf/),
      details: { file: trial.file },
    });
    await expect(tryWith(name, program)).rejects.toThrow(said);
  });

  it('that does not start is no fault of the file', async () => {
    const failing = tryWith('missing', `import './nothing.mjs'`);
    await expect(failing).rejects.toMatchObject({ code: 'Backend', message: expect.stringContaining('nothing.mjs') });
  });

  it('that throws passes its error on', async () => {
    const program = `process.send({ type: 'end', error: { code: 'Backend', message: 'No luck.' } })
      process.on('message', () => {}); setTimeout(() => process.exit(), 10);`;
    await expect(tryWith('unlucky', program)).rejects.toMatchObject({ code: 'Backend', message: 'No luck.' });
  });

  it('does not run for longer than it may, nor than somebody waits', async () => {
    const program = `process.send({ type: 'progress', share: process.pid }); for (;;);`;
    let pid = 0;
    const isGone = () => {
      try {
        process.kill(pid, 0);
        return false;
      } catch {
        return true;
      }
    };
    const controller = new AbortController();
    const aborted = tryWith('endless', program, {
      signal: controller.signal,
      onProgress: (share) => {
        pid = share;
        controller.abort();
      },
    });
    await expect(aborted).rejects.toMatchObject({ code: 'Cancelled' });
    expect(isGone()).toBe(true);
    const late = tryWith('endless', program, { timeoutMs: 1500, onProgress: (share) => (pid = share) });
    await expect(late).rejects.toMatchObject({ code: 'Model', message: expect.stringContaining('after 1.5 s') });
    expect(isGone()).toBe(true);
  });
});
