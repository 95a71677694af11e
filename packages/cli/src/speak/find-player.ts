import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';

/** A program that plays audio. */
export interface Player {
  readonly name: string;
  /** Where it is. */
  readonly path: string;
  /**
   * `stream`: it takes samples through standard input as they come (mono, float32, little-endian). `file`: it wants a
   * whole WAV file.
   */
  readonly input: 'stream' | 'file';
  /** @param file The WAV file, for players of files. */
  argumentsFor(sampleRate: number, file: string): readonly string[];
}

type PlayerKind = Omit<Player, 'path'>;

/**
 * The first player on the PATH.
 *
 * @throws FerrumError `Unsupported`, saying what to install.
 */
export async function findPlayer(
  variables: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): Promise<Player> {
  // Windows writes it `Path`.
  const paths = Object.entries(variables).find(([name]) => name.toUpperCase() === 'PATH')?.[1] ?? '';
  const folders = paths.split(delimiter).filter(Boolean);
  const isWindows = platform === 'win32';
  for (const kind of isWindows ? [...players, powershell] : players) {
    for (const folder of folders) {
      const path = join(folder, isWindows ? `${kind.name}.exe` : kind.name);
      if (await isProgram(path)) return { ...kind, path };
    }
  }
  throw new FerrumError(
    'Unsupported',
    `--play needs a program that plays audio, and none of ${players.map(({ name }) => name).join(', ')} is on the PATH. ` +
      `Install ${whatToInstall[platform] ?? 'ffmpeg (it brings ffplay) or mpv'}, or write a file with -o.`,
  );
}

/** The most able first; the last ones cannot begin before everything is spoken, or are seldom there. */
const players: readonly PlayerKind[] = [
  {
    name: 'ffplay',
    input: 'stream',
    argumentsFor: (sampleRate) => [
      ...['-nodisp', '-autoexit', '-loglevel', 'error', '-f', 'f32le', '-sample_rate', `${sampleRate}`, '-i', 'pipe:0'],
    ],
  },
  {
    name: 'mpv',
    input: 'stream',
    argumentsFor: (sampleRate) => [
      ...['--no-terminal', '--no-video', '--demuxer=rawaudio', '--demuxer-rawaudio-format=floatle'],
      ...['--demuxer-rawaudio-channels=1', `--demuxer-rawaudio-rate=${sampleRate}`, '-'],
    ],
  },
  {
    name: 'aplay',
    input: 'stream',
    argumentsFor: (sampleRate) => ['-q', '-t', 'raw', '-f', 'FLOAT_LE', '-c', '1', '-r', `${sampleRate}`, '-'],
  },
  {
    name: 'paplay',
    input: 'stream',
    argumentsFor: (sampleRate) => ['--raw', '--format=float32le', '--channels=1', `--rate=${sampleRate}`],
  },
  // It reads standard input only in newer versions.
  { name: 'pw-play', input: 'file', argumentsFor: (_, file) => [file] },
  { name: 'afplay', input: 'file', argumentsFor: (_, file) => [file] },
  {
    // Of sox.
    name: 'play',
    input: 'stream',
    argumentsFor: (sampleRate) => [
      ...['-q', '-t', 'raw', '-e', 'floating-point', '-b', '32', '-c', '1', '-r', `${sampleRate}`, '-'],
    ],
  },
];

/** On every Windows. */
const powershell: PlayerKind = {
  name: 'powershell',
  input: 'file',
  argumentsFor: (_, file) => [
    ...['-NoProfile', '-NonInteractive', '-Command'],
    `(New-Object System.Media.SoundPlayer '${file.replaceAll("'", "''")}').PlaySync()`,
  ],
};

const whatToInstall: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'ffmpeg (it brings ffplay), mpv, alsa-utils (aplay), pulseaudio-utils (paplay) or sox (play)',
  darwin: 'ffmpeg (it brings ffplay), mpv or sox (play)',
};

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
