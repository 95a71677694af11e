import type { FerrumErrorCode, JsonValue } from '@ferrum/interfaces';
import type { EncodingSettings } from '../encode-options.js';

/** One thread encodes several files at a time, each with a number; whose `open`, `push` and `finish` get one answer each. */
export type ToEncoder =
  | { readonly type: 'open'; readonly job: number; readonly settings: EncodingSettings; readonly isFile: boolean }
  | { readonly type: 'push'; readonly job: number; readonly samples: Float32Array }
  | { readonly type: 'finish'; readonly job: number }
  /** Ends a job at any time; has no answer. */
  | { readonly type: 'close'; readonly job: number };

export type FromEncoder =
  | { readonly type: 'bytes'; readonly job: number; readonly bytes: Uint8Array }
  | {
      readonly type: 'finished';
      readonly job: number;
      readonly bytes: Uint8Array;
      /** What the file's first bytes are, now that its length is known. */
      readonly header: Uint8Array | undefined;
      /** At the result's sample rate. */
      readonly sampleCount: number;
    }
  | {
      readonly type: 'failed';
      readonly job: number;
      readonly code: FerrumErrorCode;
      readonly message: string;
      readonly details: Readonly<Record<string, JsonValue>>;
    };
