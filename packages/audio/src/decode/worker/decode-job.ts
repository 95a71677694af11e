import { setImmediate as nextTurn } from 'node:timers/promises';
import { FerrumError } from '@ferrum/registry/errors';
import { openPcmReader } from '../pcm/pcm-reader.js';
import type { BlockReader, SampleBlock } from './block-reader.js';
import type { ByteSource } from './byte-source.js';
import { blockLength, type DecodingJob } from './messages.js';
import { openAudio } from './open-audio.js';

export interface JobPort {
  /** Hands a block over; resolves once there is room for the next. */
  send(samples: SampleBlock): Promise<void>;
  /** Says that the work goes on. */
  beat(): void;
  readonly isCancelled: boolean;
}

/** Decodes one input to its end. @throws FerrumError */
export async function decodeJob(job: DecodingJob, source: ByteSource, port: JobPort): Promise<void> {
  const { input, maxBytes, output } = job;
  if (source.size > maxBytes) {
    const message = `The audio has ${source.size} bytes; at most ${maxBytes} are allowed (maxBytes).`;
    throw new FerrumError('InvalidParameter', message, { details: { bytes: source.size, maxBytes } });
  }
  const reader = await open();
  try {
    await pump(reader, job, port);
  } finally {
    await reader.close();
  }

  function open(): Promise<BlockReader> {
    if (input.kind !== 'samples') return openAudio(source, output);
    const format = { encoding: 'f32', sampleRate: input.sampleRate, channels: 1, channelMask: 0 } as const;
    return openPcmReader(source, { format, dataStart: 0, dataEnd: source.size }, output);
  }
}

async function pump(reader: BlockReader, job: DecodingJob, port: JobPort): Promise<void> {
  const { output, maxDurationSeconds } = job;
  let block = newBlock();
  let filled = 0;
  let total = 0;
  for (let pieces = await reader.next(); pieces && !port.isCancelled; pieces = await reader.next()) {
    for (const piece of pieces) {
      total += piece.length;
      if (total > maxDurationSeconds * output.sampleRate) throw tooLong(maxDurationSeconds);
      for (let taken = 0; taken < piece.length; ) {
        const part = piece.subarray(taken, taken + blockLength - filled);
        block.set(part, filled);
        filled += part.length;
        taken += part.length;
        if (filled < blockLength) continue;
        await port.send(block);
        if (port.isCancelled) return;
        block = newBlock();
        filled = 0;
      }
    }
    port.beat();
    // Messages are received only when the event loop turns.
    await nextTurn();
  }
  if (port.isCancelled) return;
  if (total === 0) {
    throw new FerrumError('InvalidFormat', 'The audio has no sample that can be decoded: it is empty or damaged.');
  }
  if (filled > 0) await port.send(block.slice(0, filled));

  function newBlock(): SampleBlock {
    return output.format === 's16' ? new Int16Array(blockLength) : new Float32Array(blockLength);
  }
}

function tooLong(maxDurationSeconds: number): FerrumError {
  const message = `The audio is longer than ${maxDurationSeconds} seconds, the most that is allowed (maxDurationSeconds).`;
  return new FerrumError('InvalidParameter', message, { details: { maxDurationSeconds } });
}
