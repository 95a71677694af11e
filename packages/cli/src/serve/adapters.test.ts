import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeEngine } from '../testing/fake-engine.js';
import { runCommand } from '../testing/run-command.js';
import { startServe } from '../testing/start-serve.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferrum-adapters-'));
  await mkdir(join(folder, 'shelf', 'mine'), { recursive: true });
  await writeFile(join(folder, 'shelf', 'mine', 'adapter_config.json'), '{}');
  await writeFile(join(folder, 'mine.gguf'), '');
});
afterEach(() => rm(folder, { recursive: true }));

const options = () => ({ plugins: [fakeEngine().plugin], workingDirectory: () => folder });

async function effective(flags: readonly string[]) {
  const { stdout } = await runCommand(['serve', 'tiny', '--print-config', ...flags], options());
  return JSON.parse(stdout);
}

describe('adapters of the server', () => {
  it('come from flags and the configuration file, and are told of at the start', async () => {
    const models = [{ model: 'tiny', id: 'small', adapters: { a: 'shelf/mine' } }];
    await writeFile(join(folder, 'ferrum.config.json'), JSON.stringify({ models }));
    const running = await startServe(['--lora', 'b=mine.gguf'], options());
    expect((await running.stop()).stderr).toContain('adapters small:a, small:b');
  });

  it('may be loaded from the folder that is set, which is told in full', async () => {
    expect(await effective(['--adapter-directory', 'shelf'])).toMatchObject({
      configuration: { adapterDirectory: join(folder, 'shelf') },
      sources: { adapterDirectory: '--adapter-directory' },
    });
  });

  it.each([
    [['--lora', 'a=nowhere'], '--lora a=nowhere: there is no such file or folder.'],
    [['--lora', 'a=shelf'], '--lora a=shelf: that folder has no adapter_config.json.'],
    [['--adapter-directory', 'nowhere'], '--adapter-directory: nowhere is not there.'],
    [['--adapter-directory', 'mine.gguf'], '--adapter-directory: mine.gguf is no folder.'],
  ])('that are not there are told of at once: %j', async (flags, message) => {
    expect(await runCommand(['serve', 'tiny', ...flags], options())).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(message),
    });
  });

  it('that are not there are named as the configuration file names them', async () => {
    const models = [{ model: 'tiny', adapters: { a: 'nowhere' } }];
    await writeFile(join(folder, 'ferrum.config.json'), JSON.stringify({ models }));
    expect(await runCommand(['serve'], options())).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the adapter a of tiny, nowhere: there is no such file or folder.'),
    });
  });
});
