import { EventEmitter } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { FerrumError } from '@ferrum/registry';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FakeSpeakerOptions, fakeChunk, fakeSpeaker } from '../testing/fake-speaker.js';
import { type CommandOptions, runCommand } from '../testing/run-command.js';
import { recordOutput } from '../testing/streams.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferrum-play-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Puts a shell script in the place of a player. */
async function player(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
}

const play = async (words: readonly string[], options: CommandOptions = {}, behaviour: FakeSpeakerOptions = {}) => {
  const engine = fakeSpeaker(behaviour);
  const variables = { PATH: [folder, '/usr/bin', '/bin'].join(delimiter), HEARD: join(folder, 'heard') };
  const environment = { plugins: [engine.plugin], workingDirectory: () => folder, variables, ...options };
  const result = await runCommand(['speak', ...words, '--play', '--model', 'tiny'], environment);
  return { ...result, engine };
};

/** The samples that the player was given. */
async function heard(): Promise<Float32Array> {
  const bytes = await readFile(join(folder, 'heard'));
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

describe.skipIf(process.platform === 'win32')('--play (the players here are shell scripts)', () => {
  it('gives the player the samples as they come, and writes no file', async () => {
    await player('ffplay', 'echo "$@" > "$HEARD.args"; cat > "$HEARD"');
    const sizes: number[] = [];
    const before = async (_: string, index: number) => {
      if (index > 0) await vi.waitFor(async () => expect((await heard()).length).toBe(index * fakeChunk), 10_000);
      sizes.push(index);
    };
    const { code, stdout, stderr, engine } = await play(['a b c'], { stdout: recordOutput(true) }, { before });
    expect({ code, stdout, stderr, open: engine.open }).toEqual({ code: 0, stdout: '', stderr: '', open: 0 });
    const samples = await heard();
    expect([samples.length, samples[0], samples.at(-1)]).toEqual([3 * fakeChunk, 1 / 16, 3 / 16]);
    expect(await readFile(join(folder, 'heard.args'), 'utf8')).toContain('-f f32le -sample_rate 8000 -i pipe:0');
    expect((await readdir(folder)).sort()).toEqual(['ffplay', 'heard', 'heard.args']);
  });

  it('with -o writes it too; with --json tells of no file without it', async () => {
    await player('mpv', 'cat > "$HEARD"');
    await play(['a b', '-o', 'a.pcm']);
    expect((await heard()).length).toBe(2 * fakeChunk);
    expect((await readFile(join(folder, 'a.pcm'))).length).toBe(2 * 2 * fakeChunk);
    const finish = JSON.parse((await play(['a', '--json'])).stdout.trimEnd().split('\n').at(-1) ?? '');
    expect(finish).toMatchObject({ type: 'finish', audioSeconds: 0.25 });
    expect(Object.keys(finish)).not.toContain('output');
  });

  it('writes a wav for players of files, which is gone afterwards', async () => {
    await player('pw-play', 'echo "$1" > "$HEARD.path"; cat "$1" > "$HEARD"');
    const { code } = await play(['a b']);
    const wav = await readFile(join(folder, 'heard'));
    expect({ code, kind: wav.subarray(0, 4).toString(), size: wav.length }).toEqual({
      code: 0,
      kind: 'RIFF',
      size: 44 + 2 * 2 * fakeChunk,
    });
    await expect(readFile((await readFile(join(folder, 'heard.path'), 'utf8')).trim())).rejects.toThrow('ENOENT');
  });

  it.each(['exit 0', 'head -c 100 > /dev/null'])(
    'ends well when the listener closes the player: %s',
    async (script) => {
      await player('ffplay', script);
      const text = Array(50).fill('word').join(' ');
      const { code, stderr, engine } = await play([text], {}, { before: () => new Promise((go) => setTimeout(go, 5)) });
      expect({ code, stderr, open: engine.open }).toEqual({ code: 0, stderr: '', open: 0 });
    },
  );

  it('goes on with the file when the listener closes the player', async () => {
    await player('ffplay', 'exit 0');
    const { code } = await play(['a b c d', '-o', 'a.pcm']);
    expect({ code, size: (await readFile(join(folder, 'a.pcm'))).length }).toEqual({
      code: 0,
      size: 4 * 2 * fakeChunk,
    });
  });

  it('tells what the player died of', async () => {
    await player('aplay', 'cat > /dev/null; echo "warming up" >&2; echo "no sound card." >&2; exit 3');
    const { code, stderr, engine } = await play(['a b']);
    expect({ code, open: engine.open }).toEqual({ code: 1, open: 0 });
    expect(stderr).toBe('ferrum: aplay could not play the speech: no sound card. "-o FILE" writes it to a file.\n');
  });

  it('is stopped at once by Ctrl-C', async () => {
    await player('ffplay', 'cat > /dev/null; exec sleep 60');
    const signals = new EventEmitter();
    const result = play(['a'], { signals });
    setTimeout(() => signals.emit('SIGINT'), 300);
    const { code, stderr, engine } = await result;
    expect({ code, stderr, open: engine.open }).toEqual({ code: 130, stderr: 'ferrum: interrupted\n', open: 0 });
  });

  it('ends the player with the engine', async () => {
    await player('ffplay', 'echo $$ > "$HEARD.pid"; cat > "$HEARD"; exec sleep 60');
    const before = async (_: string, index: number) => {
      if (index === 0) return;
      await vi.waitFor(async () => expect((await heard()).length).toBe(fakeChunk), 10_000);
      throw new FerrumError('Backend', 'It broke.');
    };
    const { code, stderr } = await play(['a b'], {}, { before });
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'ferrum: It broke.\n' });
    const pid = Number(await readFile(join(folder, 'heard.pid'), 'utf8'));
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), 10_000);
  });

  it('without a player says what to install, before a model is opened', async () => {
    const { code, stderr, engine } = await play(['a'], { variables: { PATH: folder } });
    expect({ code, options: engine.options }).toEqual({ code: 1, options: [] });
    expect(stderr).toMatch(
      /^ferrum: --play needs a program that plays audio.*Install ffmpeg.*or write a file with -o\.\n$/,
    );
  });

  it.each(['--format mp3', '--sample-rate 8000', '--bit-rate 64k'])('alone has no place for %s', async (flags) => {
    await player('ffplay', 'cat > /dev/null');
    const { code, stderr, engine } = await play(['a', ...flags.split(' ')]);
    expect({ code, options: engine.options }).toEqual({ code: 2, options: [] });
    expect(stderr).toContain(`${flags.split(' ')[0]} is about a file, but --play alone writes none.`);
  });
});
