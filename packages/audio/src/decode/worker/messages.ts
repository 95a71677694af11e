import type { FerrumErrorCode, JsonValue } from '@ferrum/interfaces';
import type { MonoGraphOutput } from '../libav/mono-graph.js';
import type { SampleBlock } from './block-reader.js';

/** Where the audio is: a file, memory of the caller's thread (asked for piece by piece), or samples there. */
export type DecodingInput =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'bytes'; readonly size: number }
  | { readonly kind: 'samples'; readonly size: number; readonly sampleRate: number };

export interface DecodingJob {
  readonly input: DecodingInput;
  readonly output: MonoGraphOutput;
  readonly maxBytes: number;
  readonly maxDurationSeconds: number;
}

export type ToWorker =
  | { readonly type: 'warm' }
  | { readonly type: 'decode'; readonly job: DecodingJob }
  /** The answer to `read`. */
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  /** A block has been used up. */
  | { readonly type: 'taken' }
  | { readonly type: 'cancel' };

export type FromWorker =
  | { readonly type: 'warm' }
  | { readonly type: 'read'; readonly position: number; readonly length: number }
  | { readonly type: 'block'; readonly samples: SampleBlock }
  /** Still at work, without samples so far. */
  | { readonly type: 'alive' }
  /** `isWorn`: the thread's memory has grown, or its decoder has crashed; end it. */
  | { readonly type: 'done'; readonly isWorn: boolean }
  | {
      readonly type: 'failed';
      readonly code: FerrumErrorCode;
      readonly message: string;
      readonly details: Readonly<Record<string, JsonValue>>;
      readonly isWorn: boolean;
    };

/** Samples in a block; the last one of a file is shorter. About a second. */
export const blockLength = 1 << 14;

/** So many blocks are decoded ahead of their reader. */
export const blocksAhead = 8;
