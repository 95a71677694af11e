import { randomUUID } from 'node:crypto';
import type { StreamChunk, TokenUsage } from '@ferrum/interfaces';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { piecesOfAnswer } from '../generation/answer-pieces.js';
import { type Asked, answerInEvents, answerWhole } from '../generation/answering.js';
import { completionTokens } from '../generation/completion-tokens.js';
import { leaseWith } from '../generation/feature-needs.js';
import { adapterOf, requestOptions } from '../generation/request-options.js';
import { formatNeeds } from '../generation/response-format.js';
import { toSampling, withoutMissing } from '../generation/sampling-fields.js';
import { badRequest } from '../http/api-error.js';
import { anthropicError } from '../http/error-body.js';
import type { StartedSource } from '../http/started-source.js';
import { jsonOrEvents } from '../schema/events.js';
import type { FerrumApp, ServerContext } from '../server-context.js';
import { countPrompt, registerCountTokens } from './count-tokens-route.js';
import { anthropicErrorResponses } from './error-schema.js';
import { messageFieldNames } from './message-fields.js';
import { imageBlocks, toConversation, toolBlock } from './message-input.js';
import { type MessageObject, messageEventSchema, messageSchema, newMessage, stopOf } from './message-object.js';
import { messageEvents } from './message-stream.js';
import { messageFormat, messageTools, thinkingWish } from './message-wish.js';
import { blocksOf, type MessageEvent } from './message-writer.js';
import { type MessagesFields, messagesSchema } from './messages-schema.js';

/** `POST /v1/messages` and `/v1/messages/count_tokens`: Anthropic's API, as of its versions 2023-06-01 and later. */
export function registerMessages(app: FerrumApp, context: ServerContext): void {
  const schema = {
    summary: "Answer a conversation, in Anthropic's shape",
    tags: ['Text'],
    body: messagesSchema,
    response: {
      200: jsonOrEvents(messageSchema, messageEventSchema, {
        description: 'With `stream`: named events, the last message_stop or error.',
      }),
      ...anthropicErrorResponses,
    },
  };
  app.post('/v1/messages', { schema }, (request, reply) => answer(request.body, request, reply, context));
  registerCountTokens(app, context);
}

async function answer(fields: MessagesFields, request: FastifyRequest, reply: FastifyReply, context: ServerContext) {
  const { max_tokens, stop_sequences, thread } = fields;
  // By this code clients that ask for a thread of their own accord know to go on without.
  if (thread != null)
    throw badRequest('thread', '`thread`: nothing is stored here. Leave it out.', 'thread_unsupported_request');
  const messages = toConversation(fields);
  const toolField = toolBlock(fields);
  const images = imageBlocks(fields);
  const tools = messageTools(fields);
  const thinking = thinkingWish(fields, max_tokens);
  const format = messageFormat(fields);
  const sampling = {
    ...toSampling({ ...fields, stop: stop_sequences ?? null }),
    ...withoutMissing({ responseFormat: format?.format }),
    maxTokens: completionTokens(max_tokens, context.settings.limits.completionTokens, 'max_tokens'),
  };
  const signal = context.signals.of(reply);
  const lease = await leaseWith(context.models, fields.model, signal, [
    ...tools.needs,
    ...(toolField === undefined ? [] : [{ feature: 'tools', field: toolField }]),
    ...images.slice(0, 1).map((field) => ({ feature: 'image', field })),
    ...thinking.needs,
    ...formatNeeds(format),
  ]);
  const id = `msg_${randomUUID()}`;
  const exchange: Exchange = {
    fields,
    lease,
    names: messageFieldNames({ messages, images, format: format?.field, reasoning: thinking.needs[0]?.field }),
    begin: (usage) => newMessage(id, lease.servedAs, usage),
    request: {
      ...requestOptions(id, request, {}, context.settings, signal),
      ...adapterOf(lease),
      ...tools.wish,
      ...thinking.wish,
      messages,
      sampling,
    },
  };
  return fields.stream ? stream(exchange, request, reply, context) : respond(exchange, context);
}

interface Exchange extends Asked {
  readonly fields: MessagesFields;
  begin(usage: TokenUsage): MessageObject;
}

function respond(exchange: Exchange, context: ServerContext) {
  return answerWhole(exchange, context, (answer) => {
    // First, because it throws for an answer that was not finished.
    const stop = stopOf(answer, exchange.fields, answer.usage);
    return {
      ...exchange.begin(answer.usage),
      content: blocksOf(piecesOfAnswer(answer), answer.finishReason),
      ...stop,
    };
  });
}

async function stream(exchange: Exchange, request: FastifyRequest, reply: FastifyReply, context: ServerContext) {
  const { begin, fields } = exchange;
  const promptTokens = await promptTokensOf(exchange);
  const begun = begin({ promptTokens, completionTokens: 0, totalTokens: promptTokens, cachedTokens: 0 });
  const toEvents = (chunks: StartedSource<StreamChunk>) => messageEvents(chunks, { begun, promptTokens, fields });
  return answerInEvents<MessageEvent>(exchange, reply, context, toEvents, {
    data: JSON.stringify,
    name: ({ type }) => type,
    failure: (error) => ({ ...anthropicError(error, request.id) }),
  });
}

/** Told first, where many clients look for it; 0 where the engine cannot tell. What is wrong with a request, generating says. */
async function promptTokensOf({ lease, request }: Exchange): Promise<number> {
  try {
    return await countPrompt(lease.engine, request);
  } catch {
    return 0;
  }
}
