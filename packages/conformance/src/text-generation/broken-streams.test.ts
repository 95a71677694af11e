import type { StreamChunk } from '@ferrum/interfaces';
import { describe } from 'vitest';
import { collect } from '../engine/collect.js';
import { itIsFound, streaming } from './testing/broken-models.js';

const same = 'streaming: streams what infer answers';
const end = 'streaming: ends with a chunk that has the finish reason and the timing, as no other has';
const usage = 'stream-usage: the last chunk, and no other, counts the tokens as infer does';
const marks = 'streaming: gives each chunk the id and the metadata of the request';
const pieces = 'streaming: gives pieces while the rest is still generated';

async function* each(
  chunks: AsyncIterable<StreamChunk>,
  change: (chunk: StreamChunk, index: number) => object,
): AsyncGenerator<StreamChunk> {
  let index = 0;
  for await (const chunk of chunks) yield { ...chunk, ...change(chunk, index++) };
}

describe('the contract of streams finds', () => {
  itIsFound([
    {
      it: 'streams another text',
      test: same,
      by: (engine) => streaming(engine, (chunks) => each(chunks, ({ text }) => ({ text: text.toUpperCase() }))),
    },
    {
      it: 'streams other ids',
      test: same,
      by: (engine) => streaming(engine, (chunks) => each(chunks, () => ({ tokens: [] }))),
    },
    {
      it: 'counts a stream otherwise',
      test: usage,
      by: (engine) =>
        streaming(engine, (chunks) =>
          each(chunks, ({ usage }) => (usage ? { usage: { ...usage, promptTokens: usage.promptTokens + 1 } } : {})),
        ),
    },
    {
      it: 'counts in every chunk of a stream',
      test: usage,
      by: (engine) =>
        streaming(engine, async function* (chunks) {
          const all = await collect(chunks);
          for (const chunk of all) yield { ...chunk, ...all.at(-1), text: chunk.text };
        }),
    },
    {
      it: 'ends a stream without usage',
      test: usage,
      by: (engine) => streaming(engine, (chunks) => each(chunks, () => ({ usage: undefined }))),
    },
    {
      it: 'ends a stream without timing',
      test: end,
      by: (engine) => streaming(engine, (chunks) => each(chunks, () => ({ timing: undefined }))),
    },
    {
      it: 'ends a stream without a reason',
      test: end,
      by: (engine) => streaming(engine, (chunks) => each(chunks, () => ({ finishReason: undefined }))),
    },
    {
      it: 'ends a stream more than once',
      test: end,
      by: (engine) => streaming(engine, (chunks) => each(chunks, () => ({ finishReason: 'eos' }))),
    },
    {
      it: 'forgets the id in the middle of a stream',
      test: marks,
      by: (engine) => streaming(engine, (chunks) => each(chunks, (_, index) => ({ requestId: `chunk-${index}` }))),
    },
    {
      it: 'forgets the metadata in a stream',
      test: marks,
      by: (engine) => streaming(engine, (chunks) => each(chunks, () => ({ metadata: {} }))),
    },
    {
      it: 'numbers the only answer',
      test: marks,
      by: (engine) => streaming(engine, (chunks) => each(chunks, () => ({ choice: 0 }))),
    },
    {
      it: 'streams all at the end',
      test: pieces,
      by: (engine) =>
        streaming(engine, async function* (chunks) {
          yield* await collect(chunks);
        }),
    },
    {
      it: 'streams the text in one piece',
      test: pieces,
      by: (engine) =>
        streaming(engine, async function* (chunks) {
          let text = '';
          for await (const chunk of chunks) {
            text += chunk.text;
            if (chunk.finishReason) yield { ...chunk, text };
          }
        }),
    },
    {
      it: 'cuts characters in half',
      test: 'streaming: never gives half a character',
      by: (engine) =>
        streaming(engine, async function* (chunks) {
          for await (const chunk of chunks) {
            for (const unit of chunk.text.split('')) yield { ...chunk, text: unit };
          }
        }),
    },
    {
      it: 'throws before a stream is read',
      test: 'streaming: rejects the first next() of a request that cannot be answered, not the call',
      by: (engine) => ({
        inferStream: (request) => {
          if (request.prompt === '') throw new Error('the prompt is empty');
          return engine.inferStream(request);
        },
      }),
    },
    {
      it: 'goes on when the reader has left',
      test: 'streaming: ends the generation when its reader leaves, and counts it as failed',
      by: (engine) =>
        streaming(engine, (_, request) => {
          const whole = engine.infer(request);
          return (async function* () {
            const { toolCalls: _calls, ...answer } = await whole;
            yield { ...answer, text: 'x' };
          })();
        }),
    },
    {
      it: 'reads a signal at the beginning of a stream only',
      test: 'streaming: ends when its signal fires in the middle',
      by: (engine) => ({ inferStream: ({ signal: _, ...request }) => engine.inferStream(request as never) }),
    },
    {
      it: 'starts a stream whose signal has fired',
      test: 'streaming: refuses to start with a signal that has fired',
      by: (engine) => ({ inferStream: ({ signal: _, ...request }) => engine.inferStream(request as never) }),
    },
    {
      it: 'waits for a slow reader before it serves others',
      test: 'streaming: keeps a slow reader from holding up others',
      by: (engine) => {
        let streams = Promise.resolve();
        return {
          inferStream: (request) =>
            (async function* () {
              let release = () => {};
              streams = new Promise((resolve) => {
                release = resolve;
              });
              yield* engine.inferStream(request);
              release();
            })(),
          infer: async (request) => {
            await streams;
            return engine.infer(request);
          },
        };
      },
    },
  ]);
});
