import { mergeSpans, type SpanGroup, type SpeechSpan, spliceWaveform, type Waveform } from '@ferrum/audio';
import { windowFrames as framesOf } from '../architecture/whisper-config.js';
import type { AlignedWord } from '../words/align-words.js';
import { type DecodedWindow, decodeWindow, isSilent } from './decode-window.js';
import { detectLanguage } from './detect-language.js';
import { mapInOrder } from './map-in-order.js';
import { initialTokens, windowPrompt } from './prompt.js';
import { randomNumbers } from './random-numbers.js';
import { draftSegments, type SegmentDraft } from './segment-draft.js';
import { framesPerSecond, type SpeechModel } from './speech-model.js';
import { type SplitWindow, splitSegments } from './split-segments.js';
import { alignSegments, timeSegments } from './time-words.js';
import type { TranscribeSettings } from './transcribe-settings.js';
import { WindowFeatures } from './window-features.js';

interface TranscribedGroup {
  readonly group: SpanGroup;
  /** Absent: nothing can be heard in it. */
  readonly said?: {
    readonly decoded: DecodedWindow;
    readonly split: SplitWindow;
    /** Present with `wordTimestamps`. */
    readonly words: readonly AlignedWord[] | undefined;
  };
}

export interface GroupsJob {
  readonly model: SpeechModel;
  readonly wave: Waveform;
  readonly spans: readonly SpeechSpan[];
  readonly settings: TranscribeSettings;
  readonly language: string;
  /** How far it is, in seconds of speech. */
  readonly onSeek?: (seconds: number) => void;
}

/**
 * Transcribes groups of speech segments, each a window of its own, `batchSize` at a time: faster-whisper's batched pipeline. Times are
 * those of the speech joined.
 */
export async function* transcribeGroups(job: GroupsJob): AsyncGenerator<SegmentDraft> {
  const { model, spans, settings } = job;
  const groups = mergeSpans(spans, framesOf(model.config) / framesPerSecond);
  let lastSpeechEnd = 0;
  // More at once than there is room for would only hold features.
  const atOnce = Math.min(settings.batchSize, model.loop.maxWindows);
  const work = (group: SpanGroup, _: number, signal: AbortSignal) => transcribeGroup(job, group, signal);
  for await (const found of mapInOrder(groups, atOnce, work, settings.signal)) {
    const { group, said } = found;
    const { offset } = group;
    job.onSeek?.(offset + group.duration);
    if (!said || isSilent(said.decoded, settings)) continue;
    const { split, decoded, words } = said;
    const seek = Math.floor(offset * framesPerSecond);
    if (!words) {
      yield* draftSegments(split.segments, decoded, model.tokens, seek);
      continue;
    }
    const timed = timeSegments(model, { segments: split.segments, words, offset, lastSpeechEnd }, settings);
    lastSpeechEnd = timed.lastSpeechEnd;
    yield* draftSegments(timed.segments, decoded, model.tokens, seek);
  }
}

async function transcribeGroup(
  { model, wave, settings, language }: GroupsJob,
  group: SpanGroup,
  signal: AbortSignal,
): Promise<TranscribedGroup> {
  const { loop, config, tokens } = model;
  const own = { ...settings, signal };
  const features = new WindowFeatures(model.logMel, spliceWaveform(wave, group.spans), framesOf(config), signal);
  const count = Math.min(features.frames, framesOf(config));
  const { features: mel, isAudible } = await features.window(0, count);
  if (!isAudible) return { group };
  const window = await loop.encode(mel, signal, 'Transcribing');
  try {
    const spoken = settings.multilingual ? (await detectLanguage(model, window, signal)).language : language;
    const previous = initialTokens(tokens, settings);
    const prompt = windowPrompt(tokens, settings, { language: spoken, previous, hasPrefix: false }, config.maxTokens);
    const decoded = await decodeWindow(model, window, prompt, own, randomNumbers());
    const { timestampBegin } = tokens;
    const split = splitSegments({ tokens: decoded.tokens, timestampBegin, offset: group.offset, frames: count });
    const toAlign = { segments: split.segments, language: spoken, frames: count };
    const words = settings.wordTimestamps ? await alignSegments(model, window, toAlign, own) : undefined;
    return { group, said: { decoded, split, words } };
  } finally {
    loop.release(window);
  }
}
