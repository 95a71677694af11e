import type { JsonValue, TranscribeEngine, TranscribeOptions } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import type { FastifyReply } from 'fastify';
import { sendEvents } from '../http/event-stream.js';
import { type WorkSignal, workSignal } from '../http/work-signal.js';
import type { ModelLease } from '../models/model-directory.js';
import { errorResponses } from '../schema/common.js';
import type { FerrumApp, ServerContext } from '../server-context.js';
import { receiveForm } from './form/receive-form.js';
import { type TranscriptionWish, transcriptionWish, translationWish } from './transcribe-options.js';
import { transcriptAnswer } from './transcript-answer.js';
import { transcriptEvents } from './transcript-events.js';
import {
  transcriptionForm,
  transcriptionSchema,
  transcriptResponse,
  transcriptStreamResponse,
  translationSchema,
} from './transcription-schema.js';

const common = { tags: ['Audio'], consumes: ['multipart/form-data'] };

/** `POST /v1/audio/transcriptions` and `/v1/audio/translations`, in a scope that reads forms and nothing else. */
export function registerTranscription(scope: FerrumApp, context: ServerContext): void {
  const preValidation = receiveForm(context, transcriptionForm);
  const transcriptions = {
    ...common,
    summary: 'Write down what is said',
    body: transcriptionSchema,
    response: { 200: transcriptStreamResponse, ...errorResponses },
  };
  const translations = {
    ...common,
    summary: 'Write down in English what is said in another language',
    body: translationSchema,
    response: { 200: transcriptResponse, ...errorResponses },
  };
  scope.post('/v1/audio/transcriptions', { schema: transcriptions, preValidation }, ({ body }, reply) =>
    answer(transcriptionWish(body), reply, context),
  );
  scope.post('/v1/audio/translations', { schema: translations, preValidation }, ({ body }, reply) =>
    answer(translationWish(body), reply, context),
  );
}

async function answer(wish: TranscriptionWish, reply: FastifyReply, context: ServerContext): Promise<FastifyReply> {
  const work = workSignal(reply, context);
  const lease = await work.run(() => context.models.lease('transcription', wish.model, work.signal));
  if (wish.stream) {
    return sendEvents(reply, transcriptEvents(segmentsOf(lease, wish, work, context)), { data: JSON.stringify });
  }
  try {
    const { file, options } = wish;
    const result = await lease.engine.transcribe(file, { ...options, signal: work.signal });
    context.metrics.countAudio(lease.entry.id, 'input', result.duration);
    const { type, body } = transcriptAnswer(result, wish);
    return reply.type(type).send(body);
  } catch (error) {
    throw work.errorOf(aboutFile(error, wish.file));
  } finally {
    await lease.release();
  }
}

/** Releases the engine in the end. */
async function* segmentsOf(
  { engine, entry, release }: ModelLease<TranscribeEngine>,
  { file, options }: TranscriptionWish,
  work: WorkSignal,
  { metrics }: ServerContext,
) {
  const onStart: TranscribeOptions['onStart'] = ({ duration }) => metrics.countAudio(entry.id, 'input', duration);
  try {
    yield* engine.transcribeStream(file, { ...options, signal: work.signal, onStart });
  } catch (error) {
    throw work.errorOf(aboutFile(error, file));
  } finally {
    await release();
  }
}

/** Engines name the file by its path, which is nothing to the client, and do not know which field it came in. */
function aboutFile(error: unknown, path: string): unknown {
  if (!FerrumError.isInstance(error)) return error;
  const { code, details, retryAfterMs } = error;
  return new FerrumError(code, error.message.replaceAll(path, 'The file'), {
    cause: error,
    details: ofRequest.has(code) ? { ...details, parameter: fieldOf(details.parameter) } : details,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

const ofRequest: ReadonlySet<string> = new Set(['InvalidFormat', 'Unsupported', 'InvalidParameter']);

/** The task is no field: another model could do it. */
function fieldOf(parameter: JsonValue = 'file'): JsonValue {
  return parameter === 'task' ? 'model' : parameter;
}
