import type { StreamChunk } from '@ferrum/interfaces';
import { describe, expect, it } from 'vitest';
import { collect } from '../e2e/testing/client.js';
import { startSource } from '../http/started-source.js';
import { newMessage } from './message-object.js';
import { messageEvents } from './message-stream.js';

const begun = newMessage('msg_1', 'model', { promptTokens: 6, completionTokens: 0, totalTokens: 6, cachedTokens: 0 });

async function eventsOf(chunks: readonly Partial<StreamChunk>[]) {
  async function* source(): AsyncGenerator<StreamChunk> {
    for (const chunk of chunks)
      yield { requestId: 'r', text: '', tokens: [1], createdAt: new Date(0), metadata: {}, ...chunk };
  }
  const options = { begun, promptTokens: 6, fields: { max_tokens: 9 } };
  return collect(messageEvents(await startSource(source()), options));
}

describe('the events of a message', () => {
  it('count tokens themselves where the engine does not', async () => {
    const events = await eventsOf([{ text: 'a' }, { text: 'b', finishReason: 'eos' }]);
    expect(events.at(-2)).toMatchObject({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn' },
      usage: { input_tokens: 6, output_tokens: 2 },
    });
  });

  it('have no block where nothing was said', async () => {
    const events = await eventsOf([{ finishReason: 'eos', tokens: [] }]);
    expect(events.map(({ type }) => type)).toEqual(['message_start', 'ping', 'message_delta', 'message_stop']);
  });

  it('fail where the answer was not finished', async () => {
    await expect(eventsOf([{ text: 'a' }])).rejects.toThrow(/without saying why/);
    await expect(eventsOf([{ text: 'a', finishReason: 'error' }])).rejects.toThrow(/failed/);
  });

  it('begin another block where thinking comes after text', async () => {
    const events = await eventsOf([{ text: 'a' }, { reasoning: 'b' }, { text: 'c', finishReason: 'eos' }]);
    const begun = events.flatMap(({ type, content_block }) => (type === 'content_block_start' ? [content_block] : []));
    expect(begun).toMatchObject([{ type: 'text' }, { type: 'thinking' }, { type: 'text' }]);
  });
});
