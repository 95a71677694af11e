import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerReader } from './answer-reader.js';

const chunk = (content: string, id = 'a') => `data: ${JSON.stringify({ id, choices: [{ delta: { content } }] })}\n\n`;
const done = 'data: [DONE]\n\n';

function read(...pieces: readonly string[]): AnswerReader {
  const reader = new AnswerReader();
  pieces.forEach((piece, index) => {
    reader.feed(piece, 10 * (index + 1));
  });
  return reader;
}

describe('a stream', () => {
  it('has the time of each piece of text, the text and the usage', () => {
    const usage = 'data: {"id":"a","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3}}\n\n';
    const { trace, problem } = read(chunk(''), chunk('Hi'), ': a comment\n\n', chunk(' you'), usage, done);
    expect(problem).toBeUndefined();
    expect(trace).toEqual({
      pieceMs: [20, 40],
      endMs: 60,
      text: 'Hi you',
      usage: { promptTokens: 9, completionTokens: 3 },
    });
  });

  it('counts what a reasoning model thinks, and texts of completions', () => {
    const thought = 'data: {"id":"a","choices":[{"delta":{"reasoning_content":"hm","content":null}}]}\n\n';
    const text = 'data: {"id":"a","choices":[{"text":"so"}],"error":null}\n\n';
    expect(read(thought, text, done).trace.text).toBe('hmso');
    expect(read(thought, text, done).problem).toBeUndefined();
  });

  it('is read the same however it is cut', () => {
    const stream = [chunk('é'), chunk(' ok\n'), done].join('').replaceAll('\n', '\r\n');
    fc.assert(
      fc.property(fc.array(fc.nat({ max: stream.length }), { maxLength: 8 }), (cuts) => {
        const ends = [...cuts.sort((a, b) => a - b), stream.length];
        const { trace, problem } = read(...ends.map((end, index) => stream.slice(ends[index - 1] ?? 0, end)));
        expect({ text: trace.text, problem }).toEqual({ text: 'é ok\n', problem: undefined });
      }),
    );
  });

  it.each([
    [[chunk('a')], 'missingDone'],
    [[chunk('a'), done, done], 'doubledDone'],
    [[chunk('a'), done, chunk('b')], 'malformedStream'],
    [[chunk('')], 'missingDone'],
    [[chunk(''), done], 'noToken'],
    [[chunk('a'), chunk('b', 'other'), done], 'mixedIds'],
    [[chunk('a'), 'data: {"error":{"message":"no memory"}}\n\n', done], 'errorEvent'],
    [['data: {"error":"no memory"}\n\n'], 'errorEvent'],
    [['data: {oops\n\n', done], 'malformedStream'],
    [['data: [1]\n\n', done], 'malformedStream'],
    [['data: {"id":"a"}\n\n', done], 'malformedStream'],
    [['data: {"choices":[]}\n\n', done], 'malformedStream'],
    [['<html>\n\n', done], 'malformedStream'],
  ])('%j has the problem %s', (pieces, kind) => {
    expect(read(...pieces).problem?.kind).toBe(kind);
  });

  it('tells of what went wrong first', () => {
    const { problem } = read(chunk('a'), 'data: {"error":{"message":"no memory"}}\n\n', '<html>\n\n');
    expect(problem).toEqual({ kind: 'errorEvent', detail: 'no memory' });
  });
});
