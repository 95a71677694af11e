import type { StreamedSegment } from '@ferrum/interfaces';

/** OpenAI's `TranscriptTextDeltaEvent` and `TranscriptTextDoneEvent`. */
export type TranscriptEvent =
  | { readonly type: 'transcript.text.delta'; readonly delta: string }
  | { readonly type: 'transcript.text.done'; readonly text: string };

/**
 * An event for each segment, then the whole text, which is all deltas joined.
 *
 * `transcript.text.segment` names a speaker, and `usage` of the last event counts tokens of audio; neither is known here.
 */
export async function* transcriptEvents(segments: AsyncIterable<StreamedSegment>): AsyncGenerator<TranscriptEvent> {
  let text = '';
  /** White space that is part of the text only if more text comes. */
  let pending = '';
  for await (const segment of segments) {
    if (!segment.final) continue;
    const piece = text === '' ? segment.text.trimStart() : pending + segment.text;
    const delta = piece.trimEnd();
    pending = piece.slice(delta.length);
    if (delta === '') continue;
    text += delta;
    yield { type: 'transcript.text.delta', delta };
  }
  yield { type: 'transcript.text.done', text };
}
