import type { ChatRequest, InferenceResponse, LlmInferenceEngine, StreamChunk } from '@ferrum/interfaces';
import type { FastifyReply } from 'fastify';
import { type EventStreamOptions, sendEvents } from '../http/event-stream.js';
import { type StartedSource, startSource } from '../http/started-source.js';
import type { ModelLease } from '../models/model-directory.js';
import type { ServerContext } from '../server-context.js';
import { aboutFields, type FieldNames } from './about-field.js';
import { measuredStream } from './measured-stream.js';
import { releasing } from './releasing.js';

/** A request that is ready for its engine. */
export interface Asked {
  /** Released when the answer has ended, in whatever way. */
  readonly lease: ModelLease<LlmInferenceEngine>;
  readonly request: ChatRequest;
  /** What engines call otherwise than the API does. */
  readonly names: FieldNames;
}

/** Answers at once. @param toBody makes the response of the whole answer */
export async function answerWhole<T>(
  { lease, request, names }: Asked,
  { metrics }: ServerContext,
  toBody: (answer: InferenceResponse) => T,
): Promise<T> {
  try {
    const answer = await lease.engine.infer(request);
    metrics.countGeneration(lease.entry.id, answer);
    return toBody(answer);
  } catch (error) {
    throw aboutFields(error, names);
  } finally {
    await lease.release();
  }
}

/** Answers with events as the answer is made. @param toEvents ends the chunks, however it is left */
export async function answerInEvents<E>(
  { lease, request, names }: Asked,
  reply: FastifyReply,
  context: ServerContext,
  toEvents: (chunks: StartedSource<StreamChunk>) => AsyncIterable<E>,
  options: EventStreamOptions<E>,
): Promise<FastifyReply> {
  try {
    const chunks = await startSource(measuredStream(lease, request, context));
    return await sendEvents(reply, releasing(toEvents(chunks), lease), options);
  } catch (error) {
    await lease.release();
    throw aboutFields(error, names);
  }
}
