import { randomUUID } from 'node:crypto';
import type { ChatMessage, LlmInferenceEngine, StreamChunk } from '@ferrum/interfaces';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { aboutField } from '../generation/about-field.js';
import { completionTokens } from '../generation/completion-tokens.js';
import { measuredStream } from '../generation/measured-stream.js';
import { releasing } from '../generation/releasing.js';
import { requestOptions } from '../generation/request-options.js';
import { checkStreamOptions, toSampling, withoutMissing } from '../generation/sampling-fields.js';
import { badRequest } from '../http/api-error.js';
import { sendEvents } from '../http/event-stream.js';
import { startSource } from '../http/started-source.js';
import type { ModelLease } from '../models/model-directory.js';
import { errorResponses } from '../schema/common.js';
import { jsonOrEvents } from '../schema/events.js';
import type { FerrumApp, ServerContext } from '../server-context.js';
import { continueConversation, withinContext } from '../sessions/conversation.js';
import { sessionHeaders, sessionOf } from '../sessions/session-header.js';
import { toMessages } from './chat-messages.js';
import { chatChunkSchema, chatResponseSchema, toChatResponse } from './chat-response.js';
import { type ChatFields, chatSchema } from './chat-schema.js';
import { chatChunks } from './chat-stream.js';

/** `POST /v1/chat/completions`. */
export function registerChat(app: FerrumApp, context: ServerContext): void {
  const schema = {
    summary: 'Answer a conversation',
    tags: ['Text'],
    headers: sessionHeaders,
    body: chatSchema,
    response: {
      200: jsonOrEvents(chatResponseSchema, chatChunkSchema),
      ...errorResponses,
    },
  };
  app.post('/v1/chat/completions', { schema }, (request, reply) => answer(request.body, request, reply, context));
}

async function answer(fields: ChatFields, request: FastifyRequest, reply: FastifyReply, context: ServerContext) {
  const session = sessionFor(request, fields);
  const messages = toMessages(fields.messages);
  const sampling = chatSampling(fields, context);
  const signal = context.signals.of(reply);
  const lease = await context.models.lease('text-generation', fields.model, signal);
  const id = `chatcmpl-${randomUUID()}`;
  const owner = request.apiKey?.id ?? '';
  const exchange: Exchange = {
    id,
    fields,
    lease,
    earlier: session === undefined ? [] : context.sessions.turns(owner, session),
    messages,
    requestFor: (conversation) => ({
      ...requestOptions(id, request, fields, context.settings, signal),
      messages: conversation,
      sampling,
    }),
    keep: (content, forgotten) => {
      if (session === undefined) return;
      // Anew, because another request may have gone on with the conversation meanwhile.
      const turns = context.sessions.turns(owner, session).filter((turn) => !forgotten.includes(turn));
      context.sessions.keep(owner, session, [...continueConversation(turns, messages), { role: 'assistant', content }]);
    },
  };
  return fields.stream ? stream(exchange, reply, context) : respond(exchange, context);
}

interface Exchange {
  readonly id: string;
  readonly fields: ChatFields;
  readonly lease: ModelLease<LlmInferenceEngine>;
  /** Of the session. */
  readonly earlier: readonly ChatMessage[];
  readonly messages: readonly ChatMessage[];
  requestFor(conversation: readonly ChatMessage[]): Parameters<LlmInferenceEngine['infer']>[0];
  /** Adds what was said and the answer to the session, and takes out what there was no room for. */
  keep(answer: string, forgotten: readonly ChatMessage[]): void;
}

async function respond({ id, lease, earlier, messages, requestFor, keep }: Exchange, { metrics }: ServerContext) {
  try {
    const { result, forgotten } = await withinContext(earlier, messages, (said) =>
      lease.engine.infer(requestFor(said)),
    );
    metrics.countGeneration(lease.entry.id, result);
    const response = toChatResponse(id, lease.entry.id, result);
    keep(result.text, forgotten);
    return response;
  } catch (error) {
    throw aboutField(error, 'messages');
  } finally {
    await lease.release();
  }
}

async function stream(
  { id, fields, lease, earlier, messages, requestFor, keep }: Exchange,
  reply: FastifyReply,
  context: ServerContext,
) {
  const start = (said: readonly ChatMessage[]) => startSource(measuredStream(lease, requestFor(said), context));
  try {
    const { result: chunks, forgotten } = await withinContext(earlier, messages, start);
    const collected = collect(chunks, (text) => keep(text, forgotten));
    const events = chatChunks(releasing(collected, lease), {
      id,
      model: lease.entry.id,
      includeUsage: fields.stream_options?.include_usage ?? false,
    });
    return await sendEvents(reply, events, { data: JSON.stringify, end: '[DONE]' });
  } catch (error) {
    await lease.release();
    throw aboutField(error, 'messages');
  }
}

/** Passes the chunks on and hands over the whole text once it is complete. */
async function* collect(chunks: AsyncIterable<StreamChunk>, done: (text: string) => void): AsyncGenerator<StreamChunk> {
  let text = '';
  for await (const chunk of chunks) {
    text += chunk.text;
    yield chunk;
  }
  done(text);
}

/** @throws FerrumError `RequestValidation` for several answers in a session: which of them was it that was said? */
function sessionFor(request: FastifyRequest, { n }: ChatFields): string | undefined {
  const session = sessionOf(request);
  if (session !== undefined && n != null && n > 1) throw badRequest('n', '`n` is 1 in a session (X-Ferrum-Session).');
  return session;
}

function chatSampling(fields: ChatFields, { settings }: ServerContext) {
  checkStreamOptions(fields);
  const { max_tokens, max_completion_tokens, logprobs, top_logprobs } = fields;
  if (max_tokens != null && max_completion_tokens != null) {
    throw badRequest('max_tokens', 'Give `max_completion_tokens` or `max_tokens`, not both.');
  }
  if (top_logprobs != null && !logprobs) throw badRequest('top_logprobs', '`top_logprobs` goes with `logprobs: true`.');
  const param = max_tokens == null ? 'max_completion_tokens' : 'max_tokens';
  return {
    ...toSampling(fields),
    ...withoutMissing({ logprobs, topLogprobs: top_logprobs }),
    maxTokens: completionTokens(max_completion_tokens ?? max_tokens, settings.limits.completionTokens, param),
  };
}
