import type { StreamChunk } from '@ferrum/interfaces';
import { describe } from 'vitest';
import { mapStream } from '../runner/testing/map-stream.js';
import { itIsFound, type MockEngine, streaming } from './testing/broken-models.js';

const pieces = 'tools: the pieces of calls in a stream make up those of the whole answer';

type Deltas = NonNullable<StreamChunk['toolCalls']>;

/** Changes the pieces of calls in a stream. */
const piecing = (engine: MockEngine, change: (deltas: Deltas) => Deltas) =>
  streaming(engine, (chunks) =>
    mapStream(chunks, (chunk) => (chunk.toolCalls ? { ...chunk, toolCalls: change(chunk.toolCalls) } : chunk)),
  );

describe('the contract of streamed calls finds', () => {
  itIsFound([
    {
      it: 'streams no calls',
      test: pieces,
      by: (engine) => streaming(engine, (chunks) => mapStream(chunks, ({ toolCalls: _, ...chunk }) => chunk)),
    },
    {
      it: 'numbers all calls alike',
      test: pieces,
      by: (engine) => piecing(engine, (deltas) => deltas.map((delta) => ({ ...delta, index: 0 }))),
    },
    {
      it: 'numbers calls from 1',
      test: pieces,
      by: (engine) => piecing(engine, (deltas) => deltas.map((delta) => ({ ...delta, index: delta.index + 1 }))),
    },
    {
      it: 'repeats the name in each piece',
      test: pieces,
      by: (engine) => piecing(engine, (deltas) => deltas.map((delta) => ({ ...delta, name: 'get_weather' }))),
    },
    {
      it: 'streams calls without an id',
      test: pieces,
      by: (engine) => piecing(engine, (deltas) => deltas.map(({ id: _, ...delta }) => delta)),
    },
    {
      it: 'loses a piece of the arguments',
      test: pieces,
      by: (engine) =>
        piecing(engine, (deltas) =>
          deltas.map((delta) => (delta.arguments.includes('Oslo') ? { ...delta, arguments: '' } : delta)),
        ),
    },
    {
      it: 'streams calls as text too',
      test: pieces,
      by: (engine) =>
        streaming(engine, (chunks) =>
          mapStream(chunks, (chunk) => ({ ...chunk, text: chunk.text + (chunk.toolCalls?.[0]?.arguments ?? '') })),
        ),
    },
    {
      it: 'ends a stream of calls as one of text',
      test: pieces,
      by: (engine) =>
        streaming(engine, (chunks) =>
          mapStream(chunks, (chunk) => (chunk.finishReason ? { ...chunk, finishReason: 'eos' } : chunk)),
        ),
    },
  ]);
});
