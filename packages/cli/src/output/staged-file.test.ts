import { lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordOutput } from '../testing/streams.js';
import { createOutput } from './output.js';
import { StagedFile } from './staged-file.js';

let folder: string;
let target: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferrum-staged-'));
  target = join(folder, 'result');
});
afterEach(() => rm(folder, { recursive: true }));

describe('a staged file', () => {
  it('appears when it is kept, with its beginning written again', async () => {
    const file = await StagedFile.beside(target);
    await file.write('??cd');
    await file.rewrite(Buffer.from('ab'));
    await file.write(Buffer.from('ef'));
    await expect(stat(target)).rejects.toThrow('ENOENT');
    await file.keep();
    await file.discard();
    expect(await readFile(target, 'utf8')).toBe('abcdef');
    expect(await readdir(folder)).toEqual(['result']);
  });

  it('that is discarded leaves what was there', async () => {
    await writeFile(target, 'before');
    const file = await StagedFile.beside(target);
    await file.write('after');
    await file.discard();
    expect(await readFile(target, 'utf8')).toBe('before');
    expect(await readdir(folder)).toEqual(['result']);
  });

  it.skipIf(process.platform === 'win32')('keeps links and permissions (Windows has others)', async () => {
    await writeFile(target, 'before', { mode: 0o600 });
    const link = join(folder, 'link');
    await symlink(target, link);
    const file = await StagedFile.beside(link);
    await file.write('after');
    await file.keep();
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(await readFile(target, 'utf8')).toBe('after');
    expect((await stat(target)).mode & 0o777).toBe(0o600);
  });

  it('never takes the place of a folder, and says where a folder is missing', async () => {
    await expect(StagedFile.beside(folder)).rejects.toMatchObject({ code: 'InvalidParameter' });
    await expect(StagedFile.beside(join(folder, 'none', 'result'))).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringContaining('result cannot be written: its folder is not there.'),
    });
  });

  it('can be copied elsewhere, and leaves nothing behind', async () => {
    const stdout = recordOutput();
    const file = await StagedFile.temporary();
    await file.write(Buffer.from([0x93, 0xff, 0x00]));
    await file.copyTo(createOutput(stdout, 'standard output', {}));
    await file.discard();
    expect([...stdout.bytes]).toEqual([0x93, 0xff, 0x00]);
  });
});
