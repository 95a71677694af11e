import { formatTranscription, toVerboseJson } from '@ferrum/audio';
import type { TranscriptionResult } from '@ferrum/interfaces';
import type { TranscriptionWish } from './transcribe-options.js';

/** A body, and its type. */
export interface Answer {
  readonly type: string;
  readonly body: string;
}

/** The transcription in the format that was asked for. */
export function transcriptAnswer(result: TranscriptionResult, { format, lists }: TranscriptionWish): Answer {
  const text = result.text.trim();
  const isTranslation = result.task === 'translate';
  const usage = isTranslation ? {} : { usage: { type: 'duration', seconds: result.duration } };
  switch (format) {
    case 'json':
      return jsonAnswer({ text, ...usage });
    case 'verbose_json': {
      const { segments, words, ...rest } = toVerboseJson(result);
      return jsonAnswer({
        ...rest,
        // OpenAI's schema: that of the text, not of the speech.
        ...(isTranslation && { language: 'english', spoken_language: rest.language }),
        ...usage,
        ...(lists.segments && { segments }),
        ...(lists.words && { words: words ?? [] }),
      });
    }
    case 'text':
      return { type: plainText, body: `${text}\n` };
    case 'srt':
      return { type: plainText, body: formatTranscription(result, 'srt') };
    case 'vtt':
      return { type: 'text/vtt; charset=utf-8', body: formatTranscription(result, 'vtt') };
  }
}

const plainText = 'text/plain; charset=utf-8';

function jsonAnswer(value: object): Answer {
  return { type: 'application/json; charset=utf-8', body: JSON.stringify(value) };
}
