import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from '../context.js';
import type { Player } from './find-player.js';
import type { SampleConsumer } from './sample-feed.js';

type PlayContext = Pick<CommandContext, 'environment' | 'signal'>;

/**
 * Plays samples, and resolves when they were heard. A player that ends by itself without an error (its window was closed)
 * has had enough. An abort ends it at once.
 *
 * The consumer throws FerrumError `IO` when the player fails; the signal's reason.
 */
export function playSpeech(player: Player, sampleRate: number, context: PlayContext): SampleConsumer {
  return player.input === 'stream'
    ? (samples) => playStream(player, sampleRate, samples, context)
    : (samples) => playFile(player, sampleRate, samples, context);
}

async function playStream(
  player: Player,
  sampleRate: number,
  samples: AsyncIterable<Float32Array>,
  context: PlayContext,
): Promise<void> {
  const { child, ended } = start(player, player.argumentsFor(sampleRate, ''), context);
  try {
    for await (const chunk of samples) {
      const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const goesOn = await Promise.race([writeTo(child, bytes), ended.then(() => false)]);
      if (!goesOn) break;
    }
    child.stdin?.end();
    await ended;
  } finally {
    child.kill();
  }
}

async function playFile(
  player: Player,
  sampleRate: number,
  samples: AsyncIterable<Float32Array>,
  context: PlayContext,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ferrum-speech-'));
  try {
    const file = join(folder, 'speech.wav');
    const { writeAudioFile } = await import('@ferrum/audio');
    await writeAudioFile(file, samples, { format: 'wav', inputSampleRate: sampleRate, signal: context.signal });
    const { child, ended } = start(player, player.argumentsFor(sampleRate, file), context);
    child.stdin?.end();
    await ended;
  } finally {
    await rm(folder, { recursive: true, force: true }).catch(() => {});
  }
}

interface RunningPlayer {
  readonly child: ChildProcess;
  /** Resolves when it has ended well; else rejects with what to tell. */
  readonly ended: Promise<void>;
}

function start(
  { name, path }: Player,
  commandLine: readonly string[],
  { environment, signal }: PlayContext,
): RunningPlayer {
  signal.throwIfAborted();
  const child = spawn(path, [...commandLine], {
    env: environment.variables as NodeJS.ProcessEnv,
    stdio: ['pipe', 'ignore', 'pipe'],
    signal,
    windowsHide: true,
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    // The last words are what it died of.
    said = (said + text).slice(-2000);
  });
  // Its end says why nothing can be written any more.
  child.stdin?.on('error', () => {});
  const ended = new Promise<void>((resolve, reject) => {
    const fail = (reason: string, cause?: unknown) =>
      reject(
        new FerrumError('IO', `${name} could not play the speech: ${reason}. "-o FILE" writes it to a file.`, {
          cause,
        }),
      );
    child.on('error', (cause) => (signal.aborted ? reject(signal.reason) : fail(cause.message, cause)));
    child.on('close', (code, killedBy) => {
      if (signal.aborted) reject(signal.reason);
      else if (code === 0) resolve();
      else fail(lastLine(said) ?? (code === null ? `it was ended by ${killedBy}` : `it ended with ${code}`));
    });
  });
  ended.catch(() => {});
  return { child, ended };
}

/** @returns false when the player takes no more. */
function writeTo(child: ChildProcess, bytes: Uint8Array): Promise<boolean> {
  // A player that has ended is heard of through its exit code.
  return new Promise((resolve) => child.stdin?.write(bytes, (error) => resolve(!error)));
}

function lastLine(text: string): string | undefined {
  return text.trim().split('\n').at(-1)?.trim().replace(/\.$/, '') || undefined;
}
