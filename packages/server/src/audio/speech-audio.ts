import { encodeAudio } from '@ferrum/audio';
import type { FerrumErrorCode, SpeechOptions, TtsEngine } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import type { FastifyBaseLogger } from 'fastify';
import type { WorkSignal } from '../http/work-signal.js';
import type { ServerMetrics } from '../metrics/server-metrics.js';
import type { ModelLease } from '../models/model-directory.js';
import type { SpeechWish } from './speech-wish.js';

export interface SpeechTools {
  readonly work: WorkSignal;
  readonly metrics: ServerMetrics;
  readonly log: FastifyBaseLogger;
}

/** The bytes of a file with what is said, while it is made. Releases the engine in the end. */
export async function* speechAudio(
  lease: ModelLease<TtsEngine>,
  wish: SpeechWish,
  tools: SpeechTools,
): AsyncGenerator<Uint8Array> {
  const { engine } = lease;
  const { signal } = tools.work;
  try {
    yield* encodeAudio(samplesOf(lease, wish, tools), {
      format: wish.format,
      inputSampleRate: engine.ttsSampleRate(),
      // OpenAI's; a rate of the model's own could not be known from bytes without a header.
      ...(wish.format === 'pcm' && { sampleRate: 24_000 }),
      signal,
    });
  } catch (error) {
    throw tools.work.errorOf(error);
  } finally {
    await lease.release();
  }
}

async function* samplesOf(
  { engine, entry }: ModelLease<TtsEngine>,
  { input, options }: SpeechWish,
  { work, metrics, log }: SpeechTools,
): AsyncGenerator<Float32Array> {
  const speech: SpeechOptions = { ...options, signal: work.signal };
  let seconds = 0;
  try {
    for await (const { samples, sampleRate, warnings = [] } of engine.synthesizeStream(input, speech)) {
      // They name characters of the text, which is nobody's business.
      if (warnings.length > 0) log.debug({ warnings: warnings.length }, 'not spoken as written');
      seconds += samples.length / sampleRate;
      yield samples;
    }
  } catch (error) {
    throw inWordsOfTheRequest(error);
  } finally {
    metrics.countAudio(entry.id, 'output', seconds);
  }
}

function inWordsOfTheRequest(error: unknown): unknown {
  if (!FerrumError.isInstance(error)) return error;
  const { code, message, details } = error;
  const as = (other: FerrumErrorCode, parameter = details.parameter) =>
    new FerrumError(other, message, {
      cause: error,
      details: parameter === undefined ? details : { ...details, parameter },
    });
  switch (code) {
    case 'NotFound':
      // No voice of the name is a wrong field, not a wrong path.
      return details.parameter === 'voice' ? as('InvalidParameter') : error;
    case 'RequestValidation':
      return as(code, details.parameter ?? 'text');
    case 'Unsupported':
      // Something that the operator has to install, or a language that is not spoken.
      return details.install === undefined ? as(code, details.parameter ?? 'language') : as('Model');
    case 'InvalidFormat':
      // No file is the client's here.
      return as('Model');
    default:
      return error;
  }
}
