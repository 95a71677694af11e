import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type ReferenceKey = `beam${1 | 5}${'' | '_words'}`;
export type ReferenceModel = 'tiny.en' | 'base';

/** What faster-whisper 1.2.1 makes of a clip, in float32, at temperature 0, not told the text before. */
export interface ReferenceTranscript {
  readonly text: string;
  readonly segments: readonly {
    readonly start: number;
    readonly end: number;
    readonly text: string;
    readonly avg_logprob?: number;
    readonly words?: readonly { readonly word: string; readonly start: number; readonly probability: number }[];
  }[];
}

interface Front {
  readonly mel: { readonly fw_first10: readonly (readonly number[])[]; readonly fw_bin_mean: readonly number[] };
  readonly 'tiny.en': {
    readonly encoder_fw: {
      readonly mean: number;
      readonly std: number;
      readonly first_frame: readonly number[];
      readonly last_frame: readonly number[];
      readonly frame_500: readonly number[];
    };
    readonly first_step_logits: {
      readonly prompt: readonly number[];
      readonly top5: readonly (readonly [number, number])[];
    };
  };
}

interface Clips {
  readonly clips: Readonly<
    Record<string, Partial<Record<ReferenceModel, Partial<Record<ReferenceKey, ReferenceTranscript>>>>>
  >;
}

const shared = new URL('../../../../../shared/', import.meta.url);
const transcripts = new URL('reference/whisper.json', shared);
const front = new URL('reference/whisper-front.json', shared);

export const hasSpeech = existsSync(transcripts) && existsSync(front) && existsSync(new URL('audio/jfk.wav', shared));

export function audioFile(name: string): string {
  return fileURLToPath(new URL(`audio/${name}`, shared));
}

export function frontReference(): Front {
  return JSON.parse(readFileSync(front, 'utf8'));
}

/** Of two_cities_16k.wav by tiny.en: fixtures/make_batched.py. */
export function batchedReference(): Readonly<
  Record<'inOrder' | 'sideBySide' | 'sideBySideWithWords', ReferenceTranscript['segments']>
> {
  return JSON.parse(readFileSync(new URL('../fixtures/batched.json', import.meta.url), 'utf8'));
}

export function transcriptOf(clip: string, model: ReferenceModel, key: ReferenceKey): ReferenceTranscript {
  const { clips }: Clips = JSON.parse(readFileSync(transcripts, 'utf8'));
  const found = clips[clip]?.[model]?.[key];
  if (!found) throw new Error(`whisper.json has no ${key} of ${clip} by ${model}`);
  return found;
}
