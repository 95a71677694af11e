import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { chatFieldNames } from '../chat/chat-fields.js';
import { reasoningWish } from '../chat/reasoning-fields.js';
import { piecesOfAnswer } from '../generation/answer-pieces.js';
import { type Asked, answerInEvents, answerWhole } from '../generation/answering.js';
import { completionTokens } from '../generation/completion-tokens.js';
import { leaseWith } from '../generation/feature-needs.js';
import { now } from '../generation/generation-result.js';
import { imagePlace } from '../generation/image-place.js';
import { adapterOf, requestOptions } from '../generation/request-options.js';
import { formatNeeds } from '../generation/response-format.js';
import { toSampling, withoutMissing } from '../generation/sampling-fields.js';
import { refuseOtherTools } from '../generation/tool-wish.js';
import { badRequest } from '../http/api-error.js';
import { errorResponses } from '../schema/common.js';
import { jsonOrEvents } from '../schema/events.js';
import type { FerrumApp, ServerContext } from '../server-context.js';
import { imageParts, toConversation, toolItem } from './response-input.js';
import {
  endedResponse,
  newResponse,
  type ResponseObject,
  responseEventSchema,
  responseSchema,
} from './response-object.js';
import { ResponseStream } from './response-stream.js';
import { responseFormat, responseTools } from './response-wish.js';
import { ResponseWriter } from './response-writer.js';
import { type ResponsesFields, responsesSchema } from './responses-schema.js';

/** `POST /v1/responses`: OpenAI's Responses API as far as nothing has to be stored. */
export function registerResponses(app: FerrumApp, context: ServerContext): void {
  const schema = {
    summary: 'Answer a conversation, in items',
    tags: ['Text'],
    body: responsesSchema,
    response: {
      200: jsonOrEvents(responseSchema, responseEventSchema, {
        description: 'With `stream`: named events, the last response.completed, .incomplete or .failed.',
      }),
      ...errorResponses,
    },
  };
  app.post('/v1/responses', { schema, preValidation: refuseOtherTools }, (request, reply) =>
    answer(request.body, request, reply, context),
  );
}

async function answer(fields: ResponsesFields, request: FastifyRequest, reply: FastifyReply, context: ServerContext) {
  const messages = toConversation(fields);
  const toolField = toolItem(fields);
  const images = imageParts(fields);
  const tools = responseTools(fields);
  const reasoning = reasoningWish({ ...fields, reasoning_effort: fields.reasoning?.effort ?? null });
  const format = responseFormat(fields);
  const sampling = { ...responseSampling(fields, context), ...withoutMissing({ responseFormat: format?.format }) };
  const signal = context.signals.of(reply);
  const lease = await leaseWith(context.models, fields.model, signal, [
    ...tools.needs,
    ...(toolField === undefined ? [] : [{ feature: 'tools', field: toolField }]),
    ...images.slice(0, 1).map((field) => ({ feature: 'image', field })),
    ...reasoning.needs.map((need) =>
      need.field === 'reasoning_effort' ? { ...need, field: 'reasoning.effort' } : need,
    ),
    ...formatNeeds(format),
  ]);
  const id = `resp_${randomUUID()}`;
  const exchange: Exchange = {
    lease,
    reasoningIsSummary: fields.reasoning?.summary != null,
    begun: newResponse(id, lease.servedAs, now(), fields),
    names: {
      ...chatFieldNames({
        format: format?.field ?? tools.needs[0]?.field ?? 'text.format',
        tools: (rest) => `tools${rest}`,
      }),
      prompt: 'input',
      messages: (rest) => imagePlace(rest, messages, images) ?? 'input',
      reasoning: () => 'reasoning.effort',
      'sampling.maxTokens': 'max_output_tokens',
    },
    request: {
      ...requestOptions(id, request, fields, context.settings, signal),
      ...adapterOf(lease),
      ...tools.wish,
      ...reasoning.wish,
      messages,
      sampling,
    },
  };
  return fields.stream ? stream(exchange, reply, context) : respond(exchange, context);
}

function respond(exchange: Exchange, context: ServerContext) {
  return answerWhole(exchange, context, (answer) => {
    const writer = new ResponseWriter(exchange.reasoningIsSummary);
    // What the writer tells of on the way is for streams.
    for (const piece of piecesOfAnswer(answer)) for (const _ of writer.add(piece));
    for (const _ of writer.end(answer.finishReason));
    return endedResponse(exchange.begun, writer.output, answer.finishReason, answer.usage);
  });
}

function stream(exchange: Exchange, reply: FastifyReply, context: ServerContext) {
  const response = new ResponseStream(exchange.begun, exchange.reasoningIsSummary);
  return answerInEvents(exchange, reply, context, (chunks) => response.events(chunks), {
    data: JSON.stringify,
    name: ({ type }) => type,
    failure: ({ body }) => response.failed(body.error),
  });
}

interface Exchange extends Asked {
  readonly reasoningIsSummary: boolean;
  readonly begun: ResponseObject;
}

function responseSampling(fields: ResponsesFields, { settings }: ServerContext) {
  const { stream: isStreamed, stream_options, top_logprobs, include, max_output_tokens } = fields;
  if (stream_options != null && !isStreamed)
    throw badRequest('stream_options', '`stream_options` goes with `stream: true`.');
  const wantsLogprobs = top_logprobs != null || (include ?? []).includes('message.output_text.logprobs');
  return {
    ...toSampling(fields),
    ...(wantsLogprobs ? { logprobs: true, topLogprobs: top_logprobs ?? 0 } : {}),
    maxTokens: completionTokens(max_output_tokens, settings.limits.completionTokens, 'max_output_tokens'),
  };
}
