import { audioFormatInfo } from '@ferrum/audio';
import { sendEvents } from '../http/event-stream.js';
import { workSignal } from '../http/work-signal.js';
import { errorResponses } from '../schema/common.js';
import type { FerrumApp, ServerContext } from '../server-context.js';
import { sendBytes } from './send-bytes.js';
import { speechAudio } from './speech-audio.js';
import { speechResponse, speechSchema } from './speech-schema.js';
import { speechWish } from './speech-wish.js';

/** `POST /v1/audio/speech`. */
export function registerSpeech(app: FerrumApp, context: ServerContext): void {
  const schema = {
    summary: 'Say a text',
    tags: ['Audio'],
    body: speechSchema,
    response: { 200: speechResponse, ...errorResponses },
  };
  app.post('/v1/audio/speech', { schema }, async ({ body, log }, reply) => {
    const wish = speechWish(body, context.models.find(body.model).voices);
    const work = workSignal(reply, context);
    const lease = await work.run(() => context.models.lease('speech', body.model, work.signal));
    const audio = speechAudio(lease, wish, { work, log, metrics: context.metrics });
    if (wish.isEvents) return sendEvents(reply, speechEvents(audio), { data: JSON.stringify });
    return sendBytes(reply, audio, audioFormatInfo(wish.format).mimeType);
  });
}

/** OpenAI's `SpeechAudioDeltaEvent` and `SpeechAudioDoneEvent`. */
type SpeechEvent =
  | { readonly type: 'speech.audio.delta'; readonly audio: string }
  | { readonly type: 'speech.audio.done'; readonly usage: typeof noTokens };

async function* speechEvents(audio: AsyncIterable<Uint8Array>): AsyncGenerator<SpeechEvent> {
  for await (const bytes of audio) yield { type: 'speech.audio.delta', audio: Buffer.from(bytes).toString('base64') };
  yield { type: 'speech.audio.done', usage: noTokens };
}

/** The event has to have counts; what is said here is phonemes. */
const noTokens = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };
