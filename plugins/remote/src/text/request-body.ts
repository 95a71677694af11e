import type { ServerCall } from '../http/server-call.js';
import type { CheckedRequest } from './check-request.js';
import type { CheckedSampling } from './request-schema.js';

/** New tokens where nobody says how many; left to themselves, servers answer 16 or without end. */
const defaultMaxTokens = 512;

/** The request as OpenAI's API has it. @param stream of one that is streamed */
export function toCall(request: CheckedRequest, model: string, stream?: { readonly withUsage: boolean }): ServerCall {
  const { input, sampling, priority, clientId } = request;
  const what =
    input.kind === 'chat'
      ? { messages: input.messages.map(({ role, content, name }) => ({ role, content, ...(name && { name }) })) }
      : { prompt: input.prompt };
  return {
    method: 'POST',
    path: input.kind === 'chat' ? 'chat/completions' : 'completions',
    model,
    accept: stream ? 'text/event-stream' : 'application/json',
    body: {
      json: {
        ...{ model, ...what, ...samplingFields(sampling) },
        ...(priority !== 'normal' && { priority }),
        ...(clientId !== undefined && { user: clientId }),
        ...(stream && { stream: true, ...(stream.withUsage && { stream_options: { include_usage: true } }) }),
      },
    },
  };
}

/** OpenAI's fields, then those that vLLM added; of the latter only what changes something, lest a server refuse it. */
function samplingFields(sampling: CheckedSampling): object {
  const { stopSequences = [], stopTokens = [], repetitionPenalty = 1, responseFormat, topP, logitBias } = sampling;
  return withoutMissing({
    max_tokens: sampling.maxTokens ?? defaultMaxTokens,
    temperature: sampling.temperature,
    top_p: topP,
    n: sampling.n === 1 ? undefined : sampling.n,
    stop: stopSequences.length === 0 ? undefined : stopSequences,
    seed: sampling.seed,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    logit_bias: logitBias === undefined || Object.keys(logitBias).length === 0 ? undefined : logitBias,
    response_format: formatFields(responseFormat),
    top_k: sampling.topK,
    min_p: sampling.minP,
    repetition_penalty: repetitionPenalty === 1 ? undefined : repetitionPenalty,
    stop_token_ids: stopTokens.length === 0 ? undefined : stopTokens,
    ignore_eos: sampling.ignoreEos || undefined,
  });
}

function formatFields(format: CheckedSampling['responseFormat']): object | undefined {
  if (format === undefined || format.type === 'text') return undefined;
  if (format.type === 'json_object') return { type: 'json_object' };
  return { type: 'json_schema', json_schema: { name: 'answer', schema: format.schema, strict: true } };
}

function withoutMissing(fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
