import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { changePlugins, readDependencies } from './change-plugins.js';

let root: string;
let home: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ferrum-change-'));
  home = join(root, 'home');
});
afterEach(() => rm(root, { recursive: true }));

const change = <T>(work: (folder: string) => Promise<T>, signal = new AbortController().signal, onWait = () => {}) =>
  changePlugins({ home, signal, onWait }, work);

/** Stands for what npm does. */
const put = (name: string) => (folder: string) => writeFile(join(folder, name), name);

const filesIn = async (folder = 'plugins') => (await readdir(join(home, folder))).sort();

describe('changePlugins', () => {
  it('makes a private package on first use', async () => {
    await change(put('a'));
    expect(await readdir(home)).toEqual(['plugins']);
    expect(await filesIn()).toEqual(['a', 'package.json']);
    expect(JSON.parse(await readFile(join(home, 'plugins/package.json'), 'utf8'))).toMatchObject({ private: true });
    expect(await readDependencies(join(home, 'plugins'))).toEqual({});
  });

  it('goes on from what is there, and shows nothing of it before its end', async () => {
    await change(put('a'));
    await change(async (folder) => {
      await put('b')(folder);
      expect(await filesIn()).toEqual(['a', 'package.json']);
    });
    expect(await filesIn()).toEqual(['a', 'b', 'package.json']);
  });

  it('that fails leaves the folder as it was, and nothing beside it', async () => {
    await change(put('a'));
    const failing = change(async (folder) => {
      await put('b')(folder);
      await rm(join(folder, 'a'));
      throw new Error('npm has failed');
    });
    await expect(failing).rejects.toThrow('npm has failed');
    expect(await readdir(home)).toEqual(['plugins']);
    expect(await filesIn()).toEqual(['a', 'package.json']);
  });

  it.skipIf(process.platform === 'win32')('that cannot even begin leaves nothing beside the folder', async () => {
    await change(put('a'));
    // A socket cannot be copied.
    const server = createServer().listen(join(home, 'plugins/socket'));
    await once(server, 'listening');
    await expect(change(put('b'))).rejects.toMatchObject({ code: 'IO' });
    server.close();
    expect(await readdir(home)).toEqual(['plugins']);
  });

  it('that fails the first time leaves no folder', async () => {
    await expect(change(() => Promise.reject(new Error('npm has failed')))).rejects.toThrow();
    expect(await readdir(home)).toEqual([]);
  });

  it('that is cancelled changes nothing', async () => {
    const controller = new AbortController();
    const work = async (folder: string) => {
      await put('a')(folder);
      controller.abort();
    };
    await expect(change(work, controller.signal)).rejects.toMatchObject({ code: 'Cancelled' });
    expect(await readdir(home)).toEqual([]);
  });

  it('mends what a command that was killed has left', async () => {
    await change(put('a'));
    await mkdir(join(home, 'plugins.next'));
    await put('half')(join(home, 'plugins.next'));
    await rename(join(home, 'plugins'), join(home, 'plugins.previous'));
    await change(put('b'));
    expect(await readdir(home)).toEqual(['plugins']);
    expect(await filesIn()).toEqual(['a', 'b', 'package.json']);
  });

  it('waits for another one, and says so once', async () => {
    const onWait = vi.fn();
    const order: string[] = [];
    const work = (name: string) => async (folder: string) => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 500));
      await put(name)(folder);
      order.push(`${name} ends`);
    };
    await Promise.all([change(work('a'), undefined, onWait), change(work('b'), undefined, onWait)]);
    expect(order.map((text) => text.split(' ')[1])).toEqual(['begins', 'ends', 'begins', 'ends']);
    expect(onWait).toHaveBeenCalledOnce();
    expect(await filesIn()).toEqual(['a', 'b', 'package.json']);
  });

  it('says what is wrong with a folder that cannot be', async () => {
    await writeFile(home, 'a file');
    await expect(change(put('a'))).rejects.toMatchObject({ code: 'IO', message: expect.stringContaining(home) });
  });

  it('names a package.json that is no JSON', async () => {
    await mkdir(join(home, 'plugins'), { recursive: true });
    await writeFile(join(home, 'plugins/package.json'), '{');
    await expect(change(readDependencies)).rejects.toMatchObject({ code: 'InvalidFormat' });
  });
});
