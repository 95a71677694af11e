import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { InferenceRequest, LlmInferenceEngine } from '@ferrum/interfaces';
import { onAbort } from '@ferrum/registry/concurrency';
import type { FastifyReply, FastifyRequest } from 'fastify';
import pMap from 'p-map';
import { formatField } from '../chat/chat-fields.js';
import { aboutFields, type FieldNames } from '../generation/about-field.js';
import { completionTokens } from '../generation/completion-tokens.js';
import { leaseWith } from '../generation/feature-needs.js';
import { measuredStream } from '../generation/measured-stream.js';
import { releasing } from '../generation/releasing.js';
import { adapterOf, requestOptions } from '../generation/request-options.js';
import { askedFormat, formatNeeds } from '../generation/response-format.js';
import { checkStreamOptions, toSampling, withoutMissing } from '../generation/sampling-fields.js';
import { badRequest } from '../http/api-error.js';
import { sendEvents } from '../http/event-stream.js';
import { type StartedSource, startSource } from '../http/started-source.js';
import type { ModelLease } from '../models/model-directory.js';
import { errorResponses } from '../schema/common.js';
import { jsonOrEvents } from '../schema/events.js';
import type { FerrumApp, ServerContext } from '../server-context.js';
import { completionChunks } from './completion-stream.js';
import { completionChunkSchema, completionResponseSchema, toCompletionResponse } from './completions-response.js';
import { type CompletionsFields, completionsSchema } from './completions-schema.js';
import { echoedTexts, promptsOf } from './prompts.js';
import { withoutAnswer } from './without-answer.js';

/** `POST /v1/completions`. */
export function registerCompletions(app: FerrumApp, context: ServerContext): void {
  const schema = {
    summary: 'Continue a text',
    tags: ['Text'],
    body: completionsSchema,
    response: {
      200: jsonOrEvents(completionResponseSchema, completionChunkSchema),
      ...errorResponses,
    },
  };
  app.post('/v1/completions', { schema }, (request, reply) => complete(request.body, request, reply, context));
}

async function complete(
  fields: CompletionsFields,
  request: FastifyRequest,
  reply: FastifyReply,
  context: ServerContext,
) {
  const format = askedFormat(fields);
  const sampling = { ...completionSampling(fields, context), ...withoutMissing({ responseFormat: format?.format }) };
  const prompts = promptsOf(fields.prompt, context.settings.limits.inputs);
  const work = new AbortController();
  setMaxListeners(0, work.signal);
  const signal = context.signals.of(reply);
  onAbort(signal, () => work.abort(signal.reason));
  const lease = await leaseWith(context.models, fields.model, signal, formatNeeds(format));
  const id = `cmpl-${randomUUID()}`;
  const requests = prompts.map(
    (prompt, index): InferenceRequest => ({
      ...requestOptions(prompts.length === 1 ? id : `${id}-${index}`, request, fields, context.settings, work.signal),
      ...adapterOf(lease),
      prompt,
      raw: true,
      sampling,
    }),
  );
  return fields.stream
    ? stream(id, fields, requests, lease, work, reply, context)
    : respond(id, fields, requests, lease, work, context);
}

type Lease = ModelLease<LlmInferenceEngine>;

async function respond(
  id: string,
  fields: CompletionsFields,
  requests: readonly InferenceRequest[],
  { engine, entry, servedAs, release }: Lease,
  work: AbortController,
  { metrics }: ServerContext,
) {
  try {
    const promptTexts = await echoedTexts(engine, fields, requests);
    const responses = await pMap(
      requests,
      async (request, index) => {
        try {
          const response = await engine.infer(request);
          metrics.countGeneration(entry.id, response);
          return response;
        } catch (error) {
          throw aboutFields(error, namesOf(fields, fieldOf(requests, index)));
        }
      },
      { concurrency: promptsAtOnce },
    );
    const shown =
      fields.max_tokens === 0
        ? responses.map((response, index) => withoutAnswer(response, promptTexts[index] ?? ''))
        : responses;
    return toCompletionResponse(id, servedAs, shown, promptTexts);
  } catch (error) {
    // One that fails fails the request: nothing is computed for the others any more.
    work.abort(error);
    throw error;
  } finally {
    await release();
  }
}

async function stream(
  id: string,
  fields: CompletionsFields,
  requests: readonly InferenceRequest[],
  lease: Lease,
  work: AbortController,
  reply: FastifyReply,
  context: ServerContext,
) {
  try {
    const promptTexts = await echoedTexts(lease.engine, fields, requests);
    const streams = await startAll(
      requests.map((request) => measuredStream(lease, request, context)),
      fields,
      work,
    );
    const events = completionChunks(streams, {
      id,
      model: lease.servedAs,
      includeUsage: fields.stream_options?.include_usage ?? false,
      n: fields.n ?? 1,
      promptTexts,
      atOnce: promptsAtOnce,
    });
    return await sendEvents(reply, releasing(events, lease), { data: JSON.stringify, end: '[DONE]' });
  } catch (error) {
    await lease.release();
    throw error;
  }
}

/** All of the first have begun, or none goes on; the others begin as these end. */
async function startAll<T>(
  sources: readonly AsyncGenerator<T>[],
  fields: CompletionsFields,
  work: AbortController,
): Promise<(StartedSource<T> | AsyncGenerator<T>)[]> {
  try {
    const started = await Promise.all(
      sources.slice(0, promptsAtOnce).map((source, index) =>
        startSource(source).catch((error: unknown) => {
          throw aboutFields(error, namesOf(fields, fieldOf(sources, index)));
        }),
      ),
    );
    return [...started, ...sources.slice(promptsAtOnce)];
  } catch (error) {
    work.abort(error);
    await Promise.allSettled(sources.map((source) => source.return(undefined)));
    throw error;
  }
}

/** How the request calls what engines call otherwise. */
function namesOf(fields: CompletionsFields, prompt: string): FieldNames {
  const format = askedFormat(fields)?.field ?? 'response_format';
  return { prompt, 'sampling.responseFormat': (rest) => formatField(format, rest), adapter: 'model' };
}

/** Which prompt it is. */
function fieldOf(prompts: readonly unknown[], index: number): string {
  return prompts.length === 1 ? 'prompt' : `prompt[${index}]`;
}

/** One request's prompts do not fill the engine's queue. */
const promptsAtOnce = 16;

function completionSampling(fields: CompletionsFields, { settings }: ServerContext) {
  checkStreamOptions(fields);
  const { max_tokens, logprobs, best_of, echo, n, stream: isStreamed } = fields;
  if (best_of != null && best_of < (n ?? 1))
    throw badRequest('best_of', `\`best_of\` is ${best_of}, less than \`n\`, which is ${n ?? 1}.`);
  if (best_of != null && best_of > (n ?? 1) && isStreamed) {
    throw badRequest(
      'best_of',
      'A stream cannot wait for the best of several answers: leave `best_of` or `stream` out.',
    );
  }
  if (max_tokens === 0 && isStreamed) throw badRequest('max_tokens', '`max_tokens: 0` has nothing to stream.');
  const { completionTokens: allowed = defaultTokens } = settings.limits;
  const byDefault = Math.min(defaultTokens, allowed);
  const asked = completionTokens(max_tokens ?? byDefault, settings.limits.completionTokens, 'max_tokens');
  return {
    ...toSampling(fields),
    ...withoutMissing({ echo, bestOf: best_of }),
    ...(logprobs == null ? {} : { logprobs: true, topLogprobs: logprobs }),
    // An engine always generates one; of an answer of none it is taken away again.
    maxTokens: Math.max(1, asked),
  };
}

/** As OpenAI documents it. */
const defaultTokens = 16;
