import { randomUUID } from 'node:crypto';
import type { ChatMessage, LlmInferenceEngine } from '@ferrum/interfaces';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { aboutFields, type FieldNames } from '../generation/about-field.js';
import { collectAnswer, toTurn } from '../generation/collect-answer.js';
import { completionTokens } from '../generation/completion-tokens.js';
import { leaseWith } from '../generation/feature-needs.js';
import { measuredStream } from '../generation/measured-stream.js';
import { releasing } from '../generation/releasing.js';
import { adapterOf, requestOptions } from '../generation/request-options.js';
import { askedFormat, formatNeeds } from '../generation/response-format.js';
import { checkStreamOptions, toSampling, withoutMissing } from '../generation/sampling-fields.js';
import { refuseOtherTools } from '../generation/tool-wish.js';
import { badRequest } from '../http/api-error.js';
import { sendEvents } from '../http/event-stream.js';
import { startSource } from '../http/started-source.js';
import type { ModelLease } from '../models/model-directory.js';
import { errorResponses } from '../schema/common.js';
import { jsonOrEvents } from '../schema/events.js';
import type { FerrumApp, ServerContext } from '../server-context.js';
import { continueConversation, withinContext } from '../sessions/conversation.js';
import { sessionHeaders, sessionOf } from '../sessions/session-header.js';
import { chatFieldNames } from './chat-fields.js';
import { imageField, toMessages, toolTurn } from './chat-messages.js';
import { chatChunkSchema, chatResponseSchema, toChatResponse } from './chat-response.js';
import { type ChatFields, chatSchema } from './chat-schema.js';
import { chatChunks } from './chat-stream.js';
import { chatTools } from './chat-tools.js';
import { reasoningWish } from './reasoning-fields.js';

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
  app.post('/v1/chat/completions', { schema, preValidation: refuseOtherTools }, (request, reply) =>
    answer(request.body, request, reply, context),
  );
}

async function answer(fields: ChatFields, request: FastifyRequest, reply: FastifyReply, context: ServerContext) {
  const session = sessionFor(request, fields);
  const owner = request.apiKey?.id ?? '';
  const earlier = session === undefined ? [] : context.sessions.turns(owner, session);
  const messages = toMessages(fields.messages, earlier);
  const tools = chatTools(fields);
  const reasoning = reasoningWish(fields);
  const format = askedFormat(fields);
  const sampling = { ...chatSampling(fields, context), ...withoutMissing({ responseFormat: format?.format }) };
  const toolField = toolTurn(fields.messages);
  const image = imageField(fields.messages);
  const signal = context.signals.of(reply);
  const lease = await leaseWith(context.models, fields.model, signal, [
    ...tools.needs,
    ...(toolField === undefined ? [] : [{ feature: 'tools', field: toolField }]),
    ...(image === undefined ? [] : [{ feature: 'image', field: image }]),
    ...reasoning.needs,
    ...formatNeeds(format),
  ]);
  const id = `chatcmpl-${randomUUID()}`;
  const exchange: Exchange = {
    id,
    fields,
    lease,
    earlier,
    messages,
    names: chatFieldNames({
      // Calls have to follow their tools' schemas.
      format: format?.field ?? tools.needs[0]?.field,
      isSession: session !== undefined,
      ...(fields.functions == null ? {} : { tools: (rest: string) => `functions${rest}` }),
    }),
    requestFor: (conversation) => ({
      ...requestOptions(id, request, fields, context.settings, signal),
      ...adapterOf(lease),
      ...tools.wish,
      ...reasoning.wish,
      messages: conversation,
      sampling,
    }),
    keep: (said, forgotten) => {
      if (session === undefined) return;
      // Anew, because another request may have gone on with the conversation meanwhile.
      const turns = context.sessions.turns(owner, session).filter((turn) => !forgotten.includes(turn));
      context.sessions.keep(owner, session, [...continueConversation(turns, messages), said]);
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
  /** What engines call otherwise than this request did. */
  readonly names: FieldNames;
  requestFor(conversation: readonly ChatMessage[]): Parameters<LlmInferenceEngine['infer']>[0];
  /** Adds what was said and the answer to the session, and takes out what there was no room for. */
  keep(answer: ChatMessage, forgotten: readonly ChatMessage[]): void;
}

async function respond(exchange: Exchange, { metrics }: ServerContext) {
  const { id, fields, lease, earlier, messages, names, requestFor, keep } = exchange;
  try {
    const { result, forgotten } = await withinContext(earlier, messages, (said) =>
      lease.engine.infer(requestFor(said)),
    );
    metrics.countGeneration(lease.entry.id, result);
    const response = toChatResponse(id, lease.servedAs, result, fields.functions != null);
    keep(toTurn(result), forgotten);
    return response;
  } catch (error) {
    throw aboutFields(error, names);
  } finally {
    await lease.release();
  }
}

async function stream(exchange: Exchange, reply: FastifyReply, context: ServerContext) {
  const { id, fields, lease, earlier, messages, names, requestFor, keep } = exchange;
  const start = (said: readonly ChatMessage[]) => startSource(measuredStream(lease, requestFor(said), context));
  try {
    const { result: chunks, forgotten } = await withinContext(earlier, messages, start);
    const collected = collectAnswer(chunks, (answer) => keep(toTurn(answer), forgotten));
    const events = chatChunks(releasing(collected, lease), {
      id,
      model: lease.servedAs,
      isLegacy: fields.functions != null,
      includeUsage: fields.stream_options?.include_usage ?? false,
    });
    return await sendEvents(reply, events, { data: JSON.stringify, end: '[DONE]' });
  } catch (error) {
    await lease.release();
    throw aboutFields(error, names);
  }
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
