import type {
  AudioInput,
  AudioSamples,
  CallOptions,
  StreamedSegment,
  TranscribeEngine,
  TranscribeOptions,
  TranscriptionResult,
} from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import type { CheckedModel } from '../config/check-config.js';
import { RemoteEngine, type RemoteEngineParts } from '../engine/remote-engine.js';
import { streamOfCall } from '../engine/stream-of-call.js';
import { readJson } from '../http/read-body.js';
import { audioForm } from './audio-form.js';
import { checkTranscribeOptions, formFieldsOf, type TranscribeSettings } from './transcribe-settings.js';
import { toResult, toStart, transcriptSchema } from './transcript.js';

type Model = Extract<CheckedModel, { readonly capability: 'transcription' }>;

/** Transcribes on servers through `/audio/transcriptions`, and `/audio/translations`. Segments come all at once. */
export class RemoteTranscriber extends RemoteEngine<Model> implements TranscribeEngine {
  constructor(parts: RemoteEngineParts<Model>) {
    super(parts, 'Transcribing');
  }

  async transcribeFile(path: string, language?: string, options: CallOptions = {}): Promise<string> {
    if (typeof path !== 'string') throw invalid('path', 'path must be a text; use transcribeBytes for bytes.');
    const { text } = await this.transcribe(path, { ...options, ...(language !== undefined && { language }) });
    return text;
  }

  async transcribeBytes(bytes: Uint8Array, language?: string, options: CallOptions = {}): Promise<string> {
    if (!(bytes instanceof Uint8Array))
      throw invalid('bytes', 'bytes must be a Uint8Array; use transcribeFile for a path.');
    const { text } = await this.transcribe(bytes, { ...options, ...(language !== undefined && { language }) });
    return text;
  }

  async transcribe(audio: AudioInput, options: TranscribeOptions = {}): Promise<TranscriptionResult> {
    this.life.requireOpen();
    const settings = this.#check(options);
    let result: TranscriptionResult | undefined;
    await this.call(settings.signal, async (signal) => {
      result = await this.#transcribe(audio, settings, signal);
      return tokensOf(result);
    });
    if (result === undefined) throw new FerrumError('Internal', 'The transcription has no answer.');
    return result;
  }

  transcribeStream(
    audio: AudioInput | AsyncIterable<AudioSamples>,
    options: TranscribeOptions = {},
  ): AsyncGenerator<StreamedSegment, void, undefined> {
    return streamOfCall<StreamedSegment>({
      what: 'Transcribing',
      call: (signal, work) => this.call(signal, work),
      prepare: () => {
        this.life.requireOpen();
        if (typeof audio === 'object' && audio !== null && Symbol.asyncIterator in audio) {
          throw new FerrumError('Unsupported', 'The API has no live audio; hand over a file, bytes or samples.', {
            details: { parameter: 'audio' },
          });
        }
        this.requireFeature('streaming', 'transcribeStream()');
        const settings = this.#check(options);
        return {
          signal: settings.signal,
          work: async (push, signal) => {
            const result = await this.#transcribe(audio, settings, signal);
            for (const segment of result.segments) await push({ ...segment, final: true });
            return tokensOf(result);
          },
        };
      },
    });
  }

  #check(options: TranscribeOptions): TranscribeSettings {
    const settings = checkTranscribeOptions(options);
    if (settings.hotwords !== undefined) this.requireFerrum('hotwords');
    if (settings.wordTimestamps) this.requireFeature('word-timestamps', 'wordTimestamps');
    if (settings.task === 'translate') this.requireFeature('translation', 'task');
    if (settings.vadFilter) this.requireFeature('voice-activity-detection', 'vadFilter');
    if (settings.multilingual) this.requireFeature('language-detection', 'multilingual');
    return settings;
  }

  async #transcribe(
    audio: AudioInput,
    settings: TranscribeSettings,
    signal: AbortSignal,
  ): Promise<TranscriptionResult> {
    const { servers, remoteModel: model } = this.parts;
    const path = settings.task === 'translate' ? 'audio/translations' : 'audio/transcriptions';
    const fields = formFieldsOf(settings, model);
    const body = { form: () => audioForm(audio, fields) };
    const transcript = await servers.run(
      { method: 'POST', path, model, accept: 'application/json', body },
      signal,
      (response) => readJson(response, transcriptSchema),
    );
    const { duration } = transcript;
    settings.onStart?.(toStart(transcript, settings));
    settings.onProgress?.({ completed: duration, total: duration });
    return toResult(transcript, settings);
  }
}

function tokensOf({ segments }: TranscriptionResult): number {
  return segments.reduce((sum, { tokens }) => sum + tokens.length, 0);
}

function invalid(parameter: string, message: string): FerrumError {
  return new FerrumError('InvalidParameter', message, { details: { parameter } });
}
