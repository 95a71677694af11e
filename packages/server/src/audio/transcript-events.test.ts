import type { StreamedSegment } from '@ferrum/interfaces';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { transcriptEvents } from './transcript-events.js';

async function* segmentsOf(texts: readonly string[]): AsyncGenerator<StreamedSegment> {
  for (const [id, text] of texts.entries()) {
    const numbers = { temperature: 0, avgLogprob: 0, compressionRatio: 1, noSpeechProb: 0 };
    const segment = { id, seek: 0, start: id, end: id + 1, text, tokens: [], ...numbers };
    yield { ...segment, text: 'draft', final: false };
    yield { ...segment, final: true };
  }
}

it('adds up to the whole text, without white space around it', async () => {
  const piece = fc.oneof(fc.string({ maxLength: 5 }), fc.constantFrom(' ', '', '\n', ' a', 'b '));
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async (texts) => {
      let joined = '';
      let last: string | undefined;
      for await (const event of transcriptEvents(segmentsOf(texts))) {
        expect(last).toBeUndefined();
        if (event.type === 'transcript.text.done') last = event.text;
        else {
          expect(event.delta).not.toBe('');
          joined += event.delta;
        }
      }
      expect(last).toBe(texts.join('').trim());
      expect(joined).toBe(last);
    }),
  );
});
