import { type Static, Type } from 'typebox';
import { modelField } from '../schema/common.js';
import { eventsSchema } from '../schema/events.js';
import { oneOf, refused } from '../schema/nullable.js';
import type { FormShape } from './form/form-fields.js';

const strict = { additionalProperties: false } as const;
const formats = ['json', 'text', 'srt', 'verbose_json', 'vtt'] as const;
const ofSpeakers = 'Nobody is told apart by voice here.';

/** Fields of both endpoints. */
const common = {
  file: Type.Unsafe<string>({
    type: 'string',
    format: 'binary',
    description: 'WAV, MP3, FLAC, Ogg, WebM, MP4/M4A or AAC; what is in it counts, not its name.',
  }),
  model: modelField,
  prompt: Type.Optional(Type.String({ description: 'Taken as said before the audio: guides spelling and style.' })),
  temperature: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'Default 0: the most probable text, and warmer ones where that one fails. Others are kept to.',
    }),
  ),
  multilingual: Type.Optional(
    Type.Boolean({ description: 'An extension: whether the language is detected every 30 s anew. Default false.' }),
  ),
};

const languageField = (note = '') =>
  Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      description: `${note}Spoken: ISO 639-1 or an English name. Default: detected.`,
    }),
  );

const vad = Type.Object(
  {
    type: Type.Literal('server_vad'),
    threshold: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1, description: 'Speech starts above this probability. Default 0.5.' }),
    ),
    prefix_padding_ms: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 30_000, description: 'Kept on both sides of speech. Default 300.' }),
    ),
    silence_duration_ms: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 30_000, description: 'Silence that ends speech. Default 200.' }),
    ),
  },
  strict,
);

/** OpenAI's `CreateTranscriptionRequest`. */
export const transcriptionSchema = Type.Object(
  {
    ...common,
    language: languageField(),
    languages: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
        minItems: 1,
        maxItems: 1,
        description: 'As `language`; only one can be named.',
      }),
    ),
    response_format: Type.Optional(
      oneOf([...formats, 'diarized_json'], { description: `Default json. diarized_json is refused: ${ofSpeakers}` }),
    ),
    timestamp_granularities: Type.Optional(
      Type.Array(oneOf(['word', 'segment']), {
        minItems: 1,
        description: 'Of verbose_json: what it lists with times. Default ["segment"].',
      }),
    ),
    stream: Type.Optional(
      Type.Boolean({ description: 'Whether the text comes as server-sent events, a segment each. Of json and text.' }),
    ),
    chunking_strategy: Type.Optional(
      Type.Union([oneOf(['auto']), vad], { description: 'Skips what is not speech. Default: everything is heard.' }),
    ),
    keywords: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 1000 }), { description: 'Words to expect.' }),
    ),
    include: refused('The models here give no log-probabilities of single tokens.'),
    known_speaker_names: refused(ofSpeakers),
    known_speaker_references: refused(ofSpeakers),
  },
  strict,
);

/** OpenAI's `CreateTranslationRequest`, and the language. */
export const translationSchema = Type.Object(
  {
    ...common,
    language: languageField('An extension. '),
    response_format: Type.Optional(oneOf(formats, { description: 'Default json.' })),
  },
  strict,
);

export type TranscriptionRequest = Static<typeof transcriptionSchema>;
export type TranslationRequest = Static<typeof translationSchema>;
export type TranscriptFormat = (typeof formats)[number];

/** How the fields are written in a form. */
export const transcriptionForm: FormShape = {
  numbers: ['temperature'],
  booleans: ['stream', 'multilingual'],
  lists: [
    'timestamp_granularities',
    'include',
    'languages',
    'keywords',
    'known_speaker_names',
    'known_speaker_references',
  ],
  objects: ['chunking_strategy'],
};

const segments = Type.Array(
  Type.Object({
    id: Type.Integer(),
    seek: Type.Integer(),
    start: Type.Number(),
    end: Type.Number(),
    text: Type.String(),
    tokens: Type.Array(Type.Integer()),
    temperature: Type.Number(),
    avg_logprob: Type.Number(),
    compression_ratio: Type.Number(),
    no_speech_prob: Type.Number(),
  }),
);
const probability = (description: string) => Type.Optional(Type.Number({ minimum: 0, maximum: 1, description }));
const words = Type.Array(
  Type.Object({
    word: Type.String(),
    start: Type.Number(),
    end: Type.Number(),
    probability: probability('An extension.'),
  }),
);
const usage = Type.Object(
  { type: Type.Literal('duration'), seconds: Type.Number() },
  { description: 'How long the audio is.' },
);
const json = Type.Object({ text: Type.String(), usage: Type.Optional(usage) });
const verboseJson = Type.Object({
  task: oneOf(['transcribe', 'translate']),
  language: Type.String({ description: 'Of the text: of a translation english.' }),
  spoken_language: Type.Optional(Type.String({ description: 'An extension: of a translation, what is spoken.' })),
  language_probability: probability(
    'An extension: that this language is spoken; 1 if the request named it, or the model knows only one.',
  ),
  language_probabilities: Type.Optional(
    Type.Record(Type.String(), Type.Number(), {
      description: 'An extension: of every language, by its ISO 639-1 code, if the language was detected.',
    }),
  ),
  duration: Type.Number(),
  text: Type.String(),
  usage: Type.Optional(usage),
  segments: Type.Optional(segments),
  words: Type.Optional(words),
});

/** What is sent, by its type. */
export const transcriptResponse = {
  description: 'The text, in the format that was asked for.',
  content: {
    'application/json': { schema: Type.Union([verboseJson, json]) },
    'text/plain': { schema: Type.String({ description: 'text and srt.' }) },
    'text/vtt': { schema: Type.String() },
  },
};

export const transcriptStreamResponse = {
  ...transcriptResponse,
  content: {
    ...transcriptResponse.content,
    'text/event-stream': {
      schema: eventsSchema(
        Type.Union([
          Type.Object({ type: Type.Literal('transcript.text.delta'), delta: Type.String() }),
          Type.Object({ type: Type.Literal('transcript.text.done'), text: Type.String() }),
        ]),
        { description: 'With `stream`: the text of each segment, then all of it; or at last {error}.' },
      ),
    },
  },
};
