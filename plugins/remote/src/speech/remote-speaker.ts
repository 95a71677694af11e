import type { CallOptions, SpeechChunk, SpeechOptions, TtsEngine, Voice } from '@ferrum/interfaces';
import { abortable } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import type { CheckedModel } from '../config/check-config.js';
import { RemoteEngine, type RemoteEngineParts } from '../engine/remote-engine.js';
import { streamOfCall } from '../engine/stream-of-call.js';
import { readJson } from '../http/read-body.js';
import { oneAhead } from './one-ahead.js';
import { SampleCutter } from './samples.js';
import { divide, sentencesOf } from './sentences.js';
import { speak } from './speak.js';
import { checkSpeechOptions, type SpeechSettings } from './speech-settings.js';

type Model = Extract<CheckedModel, { readonly capability: 'speech' }>;

/** Between texts that are sent apart, in seconds; about what a reader makes between sentences. */
const pause = 0.3;

const voicesSchema = v.object({
  data: v.array(
    v.object({
      id: v.pipe(v.string(), v.minLength(1)),
      language: v.pipe(v.string(), v.minLength(1)),
      gender: v.exactOptional(v.picklist(['female', 'male', 'neutral'])),
      description: v.exactOptional(v.string()),
      license: v.exactOptional(v.string()),
    }),
  ),
});

/**
 * Speaks on servers through `/audio/speech`, whose `pcm` is passed on as it arrives. A text that is still being written is
 * sent sentence by sentence. A frame, in which `chunkFrames` counts, is 10 ms.
 */
export class RemoteSpeaker extends RemoteEngine<Model> implements TtsEngine {
  constructor(parts: RemoteEngineParts<Model>) {
    super(parts, 'Speaking');
  }

  ttsSampleRate(): number {
    return this.parts.model.sampleRate;
  }

  /** @throws FerrumError `Unsupported` where neither the configuration nor the API tells them */
  async voices(): Promise<readonly Voice[]> {
    const sampleRate = this.ttsSampleRate();
    const { voices } = this.parts.model;
    if (voices !== undefined) return voices.map((voice) => ({ ...voice, sampleRate }));
    this.requireFerrum('voices');
    this.life.requireOpen();
    const { servers, remoteModel: model } = this.parts;
    const path = `audio/voices?model=${encodeURIComponent(model)}`;
    let listed: readonly Voice[] = [];
    await this.call(undefined, async (signal) => {
      const { data } = await servers.run(
        { method: 'GET', path, model, accept: 'application/json' },
        signal,
        (response) => readJson(response, voicesSchema),
      );
      listed = data.map((voice) => ({ ...voice, sampleRate }));
      return 0;
    });
    return listed;
  }

  async synthesizeSpeech(
    text: string,
    language?: string,
    chunkFrames?: number,
    options: CallOptions = {},
  ): Promise<readonly Float32Array[]> {
    if (typeof text !== 'string') throw invalidText('text must be a string.');
    const chunks: Float32Array[] = [];
    const own = {
      ...options,
      ...(language !== undefined && { language }),
      ...(chunkFrames !== undefined && { chunkFrames }),
    };
    for await (const { samples } of this.synthesizeStream(text, own)) chunks.push(samples);
    return chunks;
  }

  synthesizeStream(
    text: string | AsyncIterable<string>,
    options: SpeechOptions = {},
  ): AsyncGenerator<SpeechChunk, void, undefined> {
    return streamOfCall<SpeechChunk>({
      what: 'Speaking',
      call: (signal, work) => this.call(signal, work),
      prepare: () => {
        this.life.requireOpen();
        const settings = checkSpeechOptions(options);
        if (settings.seed !== undefined) this.requireFeature('seed', 'seed');
        if (settings.speed !== undefined) this.requireFeature('speed', 'speed');
        if (settings.language !== undefined) this.requireFerrum('language');
        const texts = textsOf(text);
        if (typeof text !== 'string') this.requireFeature('streaming', 'text');
        return { signal: settings.signal, work: (push, signal) => this.#speak(texts, settings, push, signal) };
      },
    });
  }

  protected override modelFacts() {
    const sampleRate = this.ttsSampleRate();
    return { metadata: { sampleRate, frameSamples: this.#frameSamples } };
  }

  get #frameSamples(): number {
    return Math.round(this.ttsSampleRate() / 100);
  }

  /** @returns the characters that were spoken */
  async #speak(
    texts: Texts,
    settings: SpeechSettings,
    push: (chunk: SpeechChunk) => Promise<void>,
    signal: AbortSignal,
  ): Promise<number> {
    const { servers, remoteModel, model } = this.parts;
    const sampleRate = this.ttsSampleRate();
    const { chunkFrames, voice = model.voices?.[0]?.id } = settings;
    const cutter = new SampleCutter(chunkFrames === undefined ? undefined : chunkFrames * this.#frameSamples);
    const send = async (pieces: Iterable<Float32Array>) => {
      for (const samples of pieces) await push({ samples, sampleRate });
    };
    let spoken = 0;
    const request = (input: string, either: AbortSignal) =>
      speak(servers, { model: remoteModel, input, voice, ...settings }, either);
    for await (const [input, sound] of oneAhead(texts, request, signal)) {
      if (spoken > 0) await send(cutter.add(new Float32Array(Math.round(pause * sampleRate))));
      spoken += input.length;
      for await (const samples of sound) await send(cutter.add(samples));
    }
    await send(cutter.end());
    if (spoken > 0) return spoken;
    throw nothingToSay();
  }
}

type Texts = (signal: AbortSignal) => AsyncIterable<string>;

/** @throws FerrumError `InvalidParameter` for what is no text, `RequestValidation` for one without a letter or digit */
function textsOf(text: unknown): Texts {
  if (typeof text === 'string') {
    const parts = divide(text);
    if (parts.length === 0) throw nothingToSay();
    return () => asStream(parts);
  }
  if (typeof text === 'object' && text !== null && Symbol.asyncIterator in text) {
    return (signal) => sentencesOf(untilAborted(text as AsyncIterable<unknown>, signal));
  }
  throw invalidText('text must be a string, or an async iterable of strings.');
}

async function* asStream(texts: readonly string[]): AsyncGenerator<string> {
  yield* texts;
}

/** A text that is still being written, or not any more: the writer is told when nobody listens. */
async function* untilAborted(text: AsyncIterable<unknown>, signal: AbortSignal): AsyncGenerator<string> {
  const iterator = text[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await abortable(iterator.next(), signal, 'Speaking');
      if (done) return;
      if (typeof value !== 'string') throw invalidText('text must be an async iterable of strings.');
      yield value;
    }
  } finally {
    Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

function nothingToSay(): FerrumError {
  return new FerrumError('RequestValidation', 'The text has nothing to say: it is empty, or holds only marks.');
}

function invalidText(message: string): FerrumError {
  return new FerrumError('InvalidParameter', message, { details: { parameter: 'text' } });
}
