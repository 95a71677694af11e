import type { AudioFormat } from '@ferrum/audio';
import type { SpeechOptions } from '@ferrum/interfaces';
import { badRequest } from '../http/api-error.js';
import type { SpeechRequest } from './speech-schema.js';

/** What a request asks for, in our words. */
export interface SpeechWish {
  readonly input: string;
  readonly format: AudioFormat;
  readonly isEvents: boolean;
  readonly options: SpeechOptions;
}

/**
 * @param voices the voices that other names stand for
 * @throws FerrumError `RequestValidation` for instructions.
 */
export function speechWish(
  { input, voice, speed, language, seed, ...rest }: SpeechRequest,
  voices: Readonly<Record<string, string>>,
): SpeechWish {
  if (rest.instructions) {
    throw badRequest(
      'instructions',
      '`instructions`: the speech models here take none. Leave it out.',
      'unsupported_parameter',
    );
  }
  const name = typeof voice === 'string' ? voice : voice?.id;
  const id = name !== undefined && Object.hasOwn(voices, name) ? voices[name] : name;
  return {
    input,
    format: rest.response_format ?? 'mp3',
    isEvents: rest.stream_format === 'sse',
    options: {
      ...(id !== undefined && { voice: id }),
      ...(speed != null && { speed }),
      ...(language != null && { language }),
      ...(seed != null && { seed }),
    },
  };
}
