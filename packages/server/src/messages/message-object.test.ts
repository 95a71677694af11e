import type { FinishReason } from '@ferrum/interfaces';
import { describe, expect, it } from 'vitest';
import { stopOf, toMessageUsage } from './message-object.js';

describe('why an answer ended', () => {
  it.each([
    ['eos', ['a'], 5, 'end_turn', null],
    ['stop', ['a'], 5, 'stop_sequence', 'a'],
    // Of an engine that does not say which.
    ['stop', ['a', 'b'], 5, 'stop_sequence', null],
    // Of an engine that calls it so where there was none.
    ['stop', null, 5, 'end_turn', null],
    ['tool_calls', ['a'], 5, 'tool_use', null],
    ['length', null, 10, 'max_tokens', null],
    ['length', null, 9, 'model_context_window_exceeded', null],
    ['content_filter', null, 5, 'refusal', null],
  ] as const)(
    'is told of %s, stop sequences %j and %d of 10 tokens',
    (reason, sequences, completionTokens, ...told) => {
      const fields = { max_tokens: 10, stop_sequences: sequences && [...sequences] };
      const { stop_reason, stop_sequence } = stopOf({ finishReason: reason }, fields, { completionTokens });
      expect([stop_reason, stop_sequence]).toEqual(told);
    },
  );

  it('names the stop sequence that the engine tells of', () => {
    const fields = { max_tokens: 10, stop_sequences: ['a', 'b'] };
    const answer = { finishReason: 'stop', stopSequence: 'b' } as const;
    expect(stopOf(answer, fields, { completionTokens: 5 }).stop_sequence).toBe('b');
  });

  it.each(['cancelled', 'error'] satisfies FinishReason[])('is an error where it is %s', (reason) => {
    expect(() => stopOf({ finishReason: reason }, { max_tokens: 10 }, { completionTokens: 5 })).toThrow(/model/);
  });
});

describe('the usage', () => {
  it('tells what the cache held apart', () => {
    const usage = { promptTokens: 10, completionTokens: 4, totalTokens: 14, cachedTokens: 7, reasoningTokens: 3 };
    expect(toMessageUsage(usage)).toMatchObject({
      ...{ input_tokens: 3, cache_read_input_tokens: 7, output_tokens: 4 },
      output_tokens_details: { thinking_tokens: 3 },
    });
  });
});
