import { audioFormatInfo, audioFormats } from '@ferrum/audio';
import { type Static, Type } from 'typebox';
import { modelField } from '../schema/common.js';
import { eventsSchema } from '../schema/events.js';
import { nullable, oneOf } from '../schema/nullable.js';

const strict = { additionalProperties: false } as const;
const voiceId = Type.String({ minLength: 1, maxLength: 256 });

/** OpenAI's `CreateSpeechRequest`, and `language` and `seed`. */
export const speechSchema = Type.Object(
  {
    model: modelField,
    input: Type.String({ minLength: 1, maxLength: 4096, description: 'What is to be said.' }),
    voice: Type.Optional(
      nullable(
        Type.Union([voiceId, Type.Object({ id: voiceId }, strict)], {
          description:
            'Id of one of /v1/audio/voices, or {id}; some models blend several. Default: the first of the model.',
        }),
      ),
    ),
    instructions: Type.Optional(
      nullable(
        Type.String({ maxLength: 4096, description: 'Only an empty text: the models here take no instructions.' }),
      ),
    ),
    response_format: Type.Optional(
      nullable(
        oneOf(audioFormats, {
          description: 'Default mp3. opus is in Ogg; pcm is 16-bit little-endian mono at 24,000 Hz without a header.',
        }),
      ),
    ),
    speed: Type.Optional(nullable(Type.Number({ minimum: 0.25, maximum: 4, description: 'Default 1.' }))),
    stream_format: Type.Optional(
      nullable(
        oneOf(['audio', 'sse'], {
          description: 'The bytes as they are made, or in server-sent events, in base64. Default audio.',
        }),
      ),
    ),
    language: Type.Optional(
      nullable(Type.String({ minLength: 1, maxLength: 64, description: "BCP 47. Default: the voice's." })),
    ),
    seed: Type.Optional(
      nullable(
        Type.Integer({
          minimum: 0,
          maximum: Number.MAX_SAFE_INTEGER,
          description: 'Same seed, same sound. Default: random.',
        }),
      ),
    ),
  },
  strict,
);

export type SpeechRequest = Static<typeof speechSchema>;

const audioTypes = audioFormats.map((format) => audioFormatInfo(format).mimeType.split(';')[0] ?? format);

export const speechResponse = {
  description: 'The sound, sent while it is made.',
  content: {
    ...Object.fromEntries(
      audioTypes.map((type) => [type, { schema: Type.Unsafe<string>({ type: 'string', format: 'binary' }) }]),
    ),
    'text/event-stream': {
      schema: eventsSchema(
        Type.Union([
          Type.Object({ type: Type.Literal('speech.audio.delta'), audio: Type.String({ contentEncoding: 'base64' }) }),
          Type.Object({
            type: Type.Literal('speech.audio.done'),
            usage: Type.Object({
              input_tokens: Type.Integer(),
              output_tokens: Type.Integer(),
              total_tokens: Type.Integer(),
            }),
          }),
        ]),
        {
          description:
            'With `stream_format: sse`: pieces of the sound, then the usage, whose counts are 0, as speech models here have no tokens; or at last {error}.',
        },
      ),
    },
  },
};
