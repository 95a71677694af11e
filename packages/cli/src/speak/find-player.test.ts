import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findPlayer } from './find-player.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ferrum-players-'));
});
afterEach(() => rm(root, { recursive: true }));

async function program(folder: string, name: string, mode = 0o755): Promise<void> {
  await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, folder, name), '');
  await chmod(join(root, folder, name), mode);
}

const path = (...folders: readonly string[]) => folders.map((folder) => join(root, folder)).join(delimiter);

describe('the player', () => {
  it('is the first of the list, wherever on the PATH it is', async () => {
    await program('a', 'aplay');
    await program('b', 'mpv');
    const found = await findPlayer({ PATH: path('a', 'none', 'b') }, 'linux');
    expect(found).toMatchObject({ name: 'mpv', path: join(root, 'b', 'mpv') });
  });

  it.skipIf(process.platform === 'win32')('is a program, not any file of that name', async () => {
    await program('a', 'ffplay', 0o644);
    await program('b', 'ffplay');
    expect(await findPlayer({ PATH: path('a', 'b') }, 'linux')).toMatchObject({ path: join(root, 'b', 'ffplay') });
  });

  it('on Windows has its ending, and PowerShell is the last', async () => {
    await program('a', 'powershell.exe');
    await program('a', 'aplay');
    expect(await findPlayer({ Path: path('a') }, 'win32')).toMatchObject({ name: 'powershell', input: 'file' });
    await program('a', 'ffplay.exe');
    expect(await findPlayer({ Path: path('a') }, 'win32')).toMatchObject({ name: 'ffplay', input: 'stream' });
  });

  it.each([
    ['linux', /alsa-utils \(aplay\)/],
    ['darwin', /ffmpeg .*, mpv or sox/],
    ['freebsd', /ffmpeg .* or mpv/],
  ] as const)('that is missing on %s is named with what to install', async (platform, advice) => {
    const error = await findPlayer({ PATH: path('a') }, platform).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'Unsupported', message: expect.stringMatching(advice) });
    expect(error).toMatchObject({ message: expect.stringContaining('ffplay, mpv, aplay, paplay, pw-play, afplay') });
  });

  it('is missing without a PATH', async () => {
    await expect(findPlayer({}, 'linux')).rejects.toMatchObject({ code: 'Unsupported' });
  });

  it.each(['ffplay', 'mpv', 'aplay', 'paplay', 'play'])('%s is told the rate', async (name) => {
    await program('a', name);
    const { input, argumentsFor } = await findPlayer({ PATH: path('a') }, 'linux');
    expect({ input, rate: argumentsFor(22050, '').join(' ').includes('22050') }).toEqual({
      input: 'stream',
      rate: true,
    });
  });

  it.each([
    ['pw-play', 'linux'],
    ['afplay', 'darwin'],
  ] as const)('%s is given a file', async (name, platform) => {
    await program('a', name);
    const { input, argumentsFor } = await findPlayer({ PATH: path('a') }, platform);
    expect({ input, given: argumentsFor(22050, '/tmp/a.wav') }).toEqual({ input: 'file', given: ['/tmp/a.wav'] });
  });

  it('PowerShell takes a quote in the path of the file for a part of it', async () => {
    await program('a', 'powershell.exe');
    const { argumentsFor } = await findPlayer({ PATH: path('a') }, 'win32');
    expect(argumentsFor(22050, "C:\\O'Hara\\a.wav").at(-1)).toContain("'C:\\O''Hara\\a.wav'");
  });
});
