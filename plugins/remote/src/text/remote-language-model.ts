import type {
  EngineConfig,
  InferenceChoice,
  InferenceRequest,
  InferenceResponse,
  LlmInferenceEngine,
  SamplingParams,
  StreamChunk,
} from '@ferrum/interfaces';
import { withDeadline } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import type { CheckedModel } from '../config/check-config.js';
import { RemoteEngine, type RemoteEngineParts } from '../engine/remote-engine.js';
import { streamOfCall } from '../engine/stream-of-call.js';
import { invalidAnswer } from '../http/failure.js';
import { readJson } from '../http/read-body.js';
import { openEvents } from '../http/read-events.js';
import { answerSchema, toFinishReason, toUsage } from './answer-schema.js';
import { type CheckedRequest, checkRequest } from './check-request.js';
import { presets } from './presets.js';
import { toCall } from './request-body.js';
import { streamAnswer } from './stream-answer.js';
import { TextBeforeStop } from './text-before-stop.js';

type Model = Extract<CheckedModel, { readonly capability: 'text-generation' }>;

/**
 * Generates text on servers: conversations and plain prompts through `/chat/completions`, raw prompts and token ids through
 * `/completions`. Answers carry no token ids, which the API does not tell.
 */
export class RemoteLanguageModel extends RemoteEngine<Model> implements LlmInferenceEngine {
  constructor(parts: RemoteEngineParts<Model>) {
    super(parts, 'Generating');
  }

  async infer(request: InferenceRequest): Promise<InferenceResponse> {
    this.life.requireOpen();
    const startedAt = performance.now();
    const checked = this.#check(request);
    let response: InferenceResponse | undefined;
    await this.call(checked.signal, (signal) =>
      withDeadline(checked.limits, signal, async (either) => {
        response = await this.#answer(checked, startedAt, either);
        return response.usage.completionTokens;
      }),
    );
    if (response === undefined) throw new FerrumError('Internal', 'The generation has no answer.');
    return response;
  }

  inferStream(request: InferenceRequest): AsyncGenerator<StreamChunk, void, undefined> {
    const startedAt = performance.now();
    return streamOfCall<StreamChunk>({
      what: 'Generating',
      call: (signal, work) => this.call(signal, work),
      prepare: () => {
        this.life.requireOpen();
        const checked = this.#check(request);
        this.requireFeature('streaming', 'inferStream()');
        return {
          signal: checked.signal,
          work: (push, signal) =>
            withDeadline(checked.limits, signal, async (either) => {
              const call = toCall(checked, this.parts.remoteModel, {
                withUsage: this.parts.features.includes('stream-usage'),
              });
              const stream = await openEvents(this.parts.servers, call, either);
              let tokens = 0;
              for await (const chunk of streamAnswer(stream, checked, startedAt)) {
                tokens = chunk.usage?.completionTokens ?? tokens;
                await push(chunk);
              }
              return tokens;
            }),
        };
      },
    });
  }

  override config(): EngineConfig {
    return { ...super.config(), sampling: { defaultParams: this.#defaults(), presets } };
  }

  protected override modelFacts() {
    const { contextLength = this.parts.manifest.contextLength } = this.parts.model;
    return contextLength === undefined ? {} : { maxSequenceLength: contextLength };
  }

  #check(request: InferenceRequest): CheckedRequest {
    return checkRequest(request, {
      recommended: this.parts.manifest.sampling,
      features: this.parts.features,
    });
  }

  async #answer(request: CheckedRequest, startedAt: number, signal: AbortSignal): Promise<InferenceResponse> {
    const call = toCall(request, this.parts.remoteModel);
    const { url, answer } = await this.parts.servers.run(call, signal, async (response) => ({
      url: response.url,
      answer: await readJson(response, answerSchema),
    }));
    const choices = [...answer.choices]
      .sort((a, b) => a.index - b.index)
      .map(({ index, text, message, finish_reason, stop_reason }, place): InferenceChoice => {
        if (index !== place)
          throw invalidAnswer(url, `answers wrongly: it gives no choice ${place}, but a choice ${index}.`);
        if (text === undefined && message === undefined) {
          throw invalidAnswer(url, `answers wrongly: choice ${index} has neither \`text\` nor \`message\`.`);
        }
        const answer = new TextBeforeStop(request.sampling.stopSequences);
        const before = answer.push(text ?? message?.content ?? '') + answer.end();
        const finishReason = answer.isOver ? 'stop' : toFinishReason(finish_reason, stop_reason, request);
        return { text: before, tokens: [], finishReason };
      });
    const [first] = choices;
    if (first === undefined || choices.length !== request.n) {
      throw invalidAnswer(url, `answers wrongly: it gives ${choices.length} choices instead of ${request.n}.`);
    }
    const totalMs = performance.now() - startedAt;
    return {
      ...first,
      ...(request.n > 1 && { choices }),
      requestId: request.id,
      usage: toUsage(answer.usage),
      // The whole answer comes at once.
      timing: { timeToFirstTokenMs: totalMs, totalMs },
      latencyMs: totalMs,
      createdAt: new Date(),
      metadata: request.metadata,
    };
  }

  #defaults(): SamplingParams {
    return {
      ...{ maxTokens: 512, temperature: 1, topP: 1, repetitionPenalty: 1, presencePenalty: 0, frequencyPenalty: 0 },
      ...{ stopSequences: [], ignoreEos: false, responseFormat: { type: 'text' } },
      ...this.parts.manifest.sampling,
    };
  }
}
