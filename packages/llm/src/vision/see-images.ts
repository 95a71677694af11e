import type { ChatMessage, InferenceRequest } from '@ferrum/interfaces';
import { eitherSignal } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import { imagesOf } from '../chat/message-content.js';
import type { CheckedRequest } from '../engine/request.js';
import { watchTimeLimit } from '../engine/time-limit.js';
import type { EncodedImage, ImageEncoder } from './image-encoder.js';

/** Whether there is anything to be seen in a request; what is no request is for others to refuse. */
export function hasImages(request: InferenceRequest): boolean {
  const messages: unknown = (request as InferenceRequest | null)?.messages;
  if (!Array.isArray(messages)) return false;
  return messages.some((message) => {
    const content: unknown = message?.content;
    return Array.isArray(content) && content.some((part) => part?.type === 'image');
  });
}

/**
 * Encodes the images of a request, one after the other, within the request's time.
 * @throws FerrumError as the encoder does, naming which image; `Timeout`
 */
export async function seeImages(
  { input, signal, timeoutMs, deadline }: CheckedRequest,
  encoder: ImageEncoder,
  startedAt: number,
  closing: AbortSignal,
): Promise<readonly EncodedImage[]> {
  if (input.kind !== 'chat') return [];
  const late = new AbortController();
  let timeout: Error | undefined;
  const stopClock = watchTimeLimit({ timeoutMs, deadline }, startedAt, (error) => {
    timeout = error;
    late.abort(error);
  });
  const ends = eitherSignal([signal, closing, late.signal]);
  try {
    return await encodeImages(input.messages, encoder, ends.signal);
  } catch (error) {
    throw timeout ?? error;
  } finally {
    stopClock();
    ends.stop();
  }
}

/** @throws FerrumError as the encoder does, naming which image */
export async function encodeImages(
  messages: readonly ChatMessage[],
  encoder: ImageEncoder,
  signal: AbortSignal | undefined,
): Promise<readonly EncodedImage[]> {
  const encoded: EncodedImage[] = [];
  for (const { part, place } of imagesOf(messages)) {
    try {
      encoded.push(await encoder.encode(part, signal));
    } catch (error) {
      throw aboutImage(error, place);
    }
  }
  return encoded;
}

/** What is wrong with an image is wrong with the request. */
function aboutImage(error: unknown, parameter: string): unknown {
  if (!FerrumError.isInstance(error) || !['InvalidFormat', 'RequestValidation', 'Unsupported'].includes(error.code)) {
    return error;
  }
  const code = error.code === 'InvalidFormat' ? 'RequestValidation' : error.code;
  const message = `Invalid request: \`${parameter}\`: ${error.message}`;
  return new FerrumError(code, message, { cause: error, details: { ...error.details, parameter } });
}
