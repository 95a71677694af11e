import assert from 'node:assert/strict';
import type { TtsEngine } from '@ferrum/interfaces';
import { untilIdle } from '../engine/activity.js';
import { collect } from '../engine/collect.js';
import { featureContract } from '../engine/feature-contract.js';
import { rejection } from '../engine/rejection.js';
import type { Subject } from '../engine/subject.js';
import { assertAudible, type SpeechTexts, speak, written } from './spoken.js';

/** A text that is spoken while it is being written. */
export function writtenWhileSpoken(subject: Subject<TtsEngine>, { sentence, sentences, text }: SpeechTexts): void {
  featureContract(subject, 'streaming', {
    works(test) {
      test('speaks all of a text that comes in pieces', async () => {
        const whole = await speak(subject.engine.synthesizeStream(text));
        const pieces = await speak(subject.engine.synthesizeStream(written(text)));
        assertAudible(pieces.samples, 'The speech');
        const ratio = pieces.duration / whole.duration;
        assert.ok(ratio > 0.7 && ratio < 1.4, `In pieces it lasts ${pieces.duration} s, else ${whole.duration} s.`);
      });

      test('begins to speak before the text has ended', async () => {
        let begin = () => {};
        const hasBegun = new Promise<void>((resolve) => {
          begin = resolve;
        });
        async function* text(): AsyncGenerator<string> {
          yield `${sentences[0]} ${sentences[1]} `;
          // Only what has been heard lets the writer go on.
          await hasBegun;
          yield sentences[2] ?? '';
        }
        let chunks = 0;
        for await (const { samples } of subject.engine.synthesizeStream(text())) {
          if (samples.length > 0) begin();
          chunks += 1;
        }
        assert.ok(chunks > 1, 'There is one chunk of three sentences.');
      });

      test('ends its work and the writing when who listens leaves, though nothing comes any more', async () => {
        const { engine } = subject;
        let isLeft = false;
        let tellAsked = () => {};
        const isAsked = new Promise<void>((resolve) => {
          tellAsked = resolve;
        });
        const text: AsyncIterable<string> = {
          [Symbol.asyncIterator]: () => ({
            next: () => {
              tellAsked();
              return new Promise(() => {});
            },
            return: async () => {
              isLeft = true;
              return { done: true, value: undefined };
            },
          }),
        };
        const stream = engine.synthesizeStream(text)[Symbol.asyncIterator]();
        const first = stream.next();
        await Promise.race([isAsked, first]);
        await stream.return?.();
        await Promise.allSettled([first]);
        await untilIdle(engine);
        assert.ok(isLeft, 'The iterator of the text was not told to end.');
      });

      test('fails when the writing fails, or gives what is no text', async () => {
        const { engine } = subject;
        async function* failing(): AsyncGenerator<string> {
          yield `${sentence} `;
          throw new Error('the writer is out of ink');
        }
        await assert.rejects(() => collect(engine.synthesizeStream(failing())), /out of ink/);
        async function* numbers(): AsyncGenerator<string> {
          yield 42 as unknown as string;
        }
        await rejection(() => collect(engine.synthesizeStream(numbers())), 'RequestValidation', 'InvalidParameter');
        await rejection(() => collect(engine.synthesizeStream(written('  '))), 'RequestValidation');
      });
    },
    uses: {
      'a text that is still being written': (engine) => collect(engine.synthesizeStream(written(sentence))),
    },
  });
}
