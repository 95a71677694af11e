import type { FerrumErrorCode } from '@ferrum/interfaces';

/** A voice as espeak-ng lists it. */
export interface EspeakVoice {
  /** Its file, e.g. `gmw/en-US`, which also selects it. */
  readonly identifier: string;
  /** For people, e.g. `English (America)`. */
  readonly name: string;
  /** espeak-ng's names of the languages it speaks; of two voices that speak one, that of the lower priority is preferred. */
  readonly languages: readonly { readonly name: string; readonly priority: number }[];
}

/** One is asked at a time. */
export type ToEspeak =
  | { readonly type: 'voices' }
  | { readonly type: 'phonemize'; readonly voice: string; readonly text: string };

export type FromEspeak =
  | { readonly type: 'voices'; readonly voices: readonly EspeakVoice[] }
  | { readonly type: 'clauses'; readonly clauses: readonly string[] }
  | { readonly type: 'failed'; readonly code: FerrumErrorCode; readonly message: string };
