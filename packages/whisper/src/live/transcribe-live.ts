import type { VoiceActivityDetector, Waveform } from '@ferrum/audio';
import type { AudioSamples, StreamedSegment } from '@ferrum/interfaces';
import { throwIfAborted } from '@ferrum/registry/errors';
import { windowFrames as framesOf } from '../architecture/whisper-config.js';
import { decodeWindow, isSilent } from '../transcribe/decode-window.js';
import { type DetectedLanguage, detectLanguage } from '../transcribe/detect-language.js';
import { initialTokens, windowPrompt } from '../transcribe/prompt.js';
import { randomNumbers } from '../transcribe/random-numbers.js';
import type { SpeechModel } from '../transcribe/speech-model.js';
import { transcribeInOrder } from '../transcribe/transcribe-in-order.js';
import type { TranscribeSettings } from '../transcribe/transcribe-settings.js';
import { WindowFeatures } from '../transcribe/window-features.js';
import { Agreement } from './agreement.js';
import { Listener } from './listener.js';
import { sampleRate } from './live-audio.js';
import { frameOf, later, nothing, secondsOf } from './live-times.js';
import type { Utterance } from './utterance-finder.js';

/** New audio that is worth another partial text, in samples. */
const stepSamples = 0.4 * sampleRate;

/**
 * Captions live audio: each utterance is transcribed again and again while it is spoken, greedily, with what two texts in a row agreed on
 * as the start of the next one; when it is over, it is transcribed once more as a file would be.
 */
export async function* transcribeLive(
  model: SpeechModel,
  audio: AsyncIterable<AudioSamples>,
  settings: TranscribeSettings,
  detector: VoiceActivityDetector,
): AsyncGenerator<StreamedSegment> {
  const captions = new Captions(model, settings);
  const listener = new Listener(audio, detector, settings);
  try {
    for (;;) {
      throwIfAborted(settings.signal, 'Transcribing');
      const over = listener.nextUtterance();
      if (over) {
        yield* captions.finish(listener.cut(over), over);
        listener.release(over);
      } else if (listener.hasEnded) {
        return;
      } else {
        const speaking = listener.speaking(stepSamples);
        if (speaking) yield* captions.update(listener.cut(speaking), speaking);
        else await listener.change();
      }
    }
  } finally {
    listener.stop();
  }
}

class Captions {
  readonly #random = randomNumbers();
  /** Of final segments. */
  #count = 0;
  /** Tokens of final text, told to what comes after it. */
  #written: readonly number[];
  #language: string | undefined;
  #partial: { readonly start: number; readonly agreement: Agreement; hasText: boolean } | undefined;

  constructor(
    private readonly model: SpeechModel,
    private readonly settings: TranscribeSettings,
  ) {
    this.#written = initialTokens(model.tokens, settings);
    this.#language = model.tokens.isMultilingual ? settings.language : 'en';
  }

  /** The text so far of the utterance under way. */
  async *update(wave: Waveform, { start, end }: Utterance): AsyncGenerator<StreamedSegment> {
    if (this.#partial?.start !== start) this.#partial = { start, agreement: new Agreement(), hasText: false };
    const partial = this.#partial;
    const { settings } = this;
    const found = await this.#decodeGreedily(wave, partial.agreement);
    const { compressionRatioThreshold } = settings;
    // What the offline rules would doubt is not shown: there will be another text soon.
    if (!found || isSilent(found, settings)) return;
    if (compressionRatioThreshold !== null && found.compressionRatio > compressionRatioThreshold) return;
    partial.agreement.add(found.tokens);
    const { tokens, text, temperature, avgLogprob, compressionRatio, noSpeechProb } = found;
    if (text.trim() === '') return;
    partial.hasText = true;
    const scores = { temperature, avgLogprob, compressionRatio, noSpeechProb };
    yield {
      id: this.#count,
      seek: frameOf(start),
      ...secondsOf({ start, end }),
      text,
      tokens,
      ...scores,
      final: false,
    };
  }

  /** Its text when it is over. */
  async *finish(wave: Waveform, utterance: Utterance): AsyncGenerator<StreamedSegment> {
    const { model, settings } = this;
    const hadText = this.#partial?.start === utterance.start && this.#partial.hasText;
    this.#partial = undefined;
    const before = this.#count;
    const features = this.#featuresOf(wave);
    const language = await this.#languageOf(features);
    const drafts = transcribeInOrder({
      model,
      features,
      // The text before comes as the prompt; only the first utterance begins with a prefix.
      settings: { ...settings, initialPrompt: this.#written, ...(before > 0 ? { prefix: undefined } : {}) },
      language,
      clips: [{ start: 0, end: features.frames }],
    });
    for await (const draft of drafts) {
      yield { id: this.#count, ...later(draft, utterance), final: true };
      this.#count += 1;
      const isTold = settings.conditionOnPreviousText && draft.temperature <= settings.promptResetOnTemperature;
      this.#written = isTold ? [...this.#written, ...draft.tokens].slice(-model.config.maxTokens) : [];
    }
    // What has been shown is taken back when nothing comes of it.
    if (hadText && this.#count === before) yield nothing(this.#count, utterance);
  }

  async #decodeGreedily(wave: Waveform, agreement: Agreement) {
    const { model, settings } = this;
    const { loop, config, tokens } = model;
    const features = this.#featuresOf(wave);
    const count = Math.min(features.frames, framesOf(config));
    const { features: mel, isAudible } = await features.window(0, count);
    if (!isAudible) return undefined;
    const window = await loop.encode(mel, settings.signal, 'Transcribing');
    try {
      const language = this.#language ?? (await detectLanguage(model, window, settings.signal)).language;
      const plain = { ...settings, withoutTimestamps: true };
      const parts = { language, previous: this.#written, hasPrefix: false };
      const prompt = windowPrompt(tokens, plain, parts, config.maxTokens);
      const prefix = agreement.tokens;
      const begun = { ...prompt, tokens: [...prompt.tokens, ...prefix], prefix };
      // What is agreed on counts as written; the text may end after it.
      const { maxNewTokens = Math.floor(config.maxTokens / 2), suppressBlank } = settings;
      const room = Math.min(maxNewTokens, config.maxTokens - prompt.tokens.length) - prefix.length;
      const quick = {
        ...plain,
        beamSize: 1,
        temperatures: [0],
        maxNewTokens: Math.max(1, room),
        suppressBlank: suppressBlank && prefix.length === 0,
      };
      return await decodeWindow(model, window, begun, quick, this.#random);
    } finally {
      loop.release(window);
    }
  }

  /** Once an utterance has told the language, it is kept; with `multilingual` each tells its own. */
  async #languageOf(features: WindowFeatures): Promise<string> {
    const { settings } = this;
    if (this.#language !== undefined && !settings.multilingual) return this.#language;
    const { language, probability } = await this.#detect(features);
    if (probability > settings.languageDetectionThreshold && !settings.multilingual) this.#language = language;
    return language;
  }

  async #detect(features: WindowFeatures): Promise<DetectedLanguage> {
    const { model, settings } = this;
    const count = Math.min(features.frames, framesOf(model.config));
    const { features: mel } = await features.window(0, count);
    const window = await model.loop.encode(mel, settings.signal, 'Detecting the language');
    try {
      return await detectLanguage(model, window, settings.signal);
    } finally {
      model.loop.release(window);
    }
  }

  #featuresOf(wave: Waveform): WindowFeatures {
    const { logMel, config } = this.model;
    return new WindowFeatures(logMel, wave, framesOf(config), this.settings.signal);
  }
}
