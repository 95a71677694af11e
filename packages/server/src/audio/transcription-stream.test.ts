import { describe, expect, it, vi } from 'vitest';
import { expectValid } from '../testing/openai-schemas.js';
import { eventsOf } from '../testing/test-server.js';
import { postForm, postFormAlone } from './testing/forms.js';
import { TranscriptionTests } from './testing/transcription-server.js';

const tests = new TranscriptionTests();

const path = '/v1/audio/transcriptions';

function ask(fields: readonly (readonly [string, string])[]): Promise<Response> {
  return postForm(tests.server.url, path, [['model', 'transcription'], ['file', tests.audio], ...fields]);
}

const text = 'Hello there. How <are> you?';

describe('streamed transcriptions', () => {
  it('bring a segment an event and then the whole text', async () => {
    await tests.serve();
    for (const format of ['json', 'text']) {
      const response = await ask([
        ['stream', 'true'],
        ['response_format', format],
      ]);
      expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
      const events = (await eventsOf(response)).map((event) => JSON.parse(event));
      expect(events).toEqual([
        { type: 'transcript.text.delta', delta: 'Hello there.' },
        { type: 'transcript.text.delta', delta: ' How <are> you?' },
        { type: 'transcript.text.done', text },
      ]);
      for (const event of events.slice(0, 2)) expectValid('TranscriptTextDeltaEvent', event);
      expectValid('TranscriptTextDoneEvent', events[2]);
    }
  });

  it('have only a last event when nothing is said', async () => {
    await tests.serve({ texts: [' ', ''] });
    expect(await eventsOf(await ask([['stream', 'true']]))).toEqual(['{"type":"transcript.text.done","text":""}']);
  });

  it('end in an error event', async () => {
    await tests.serve({ texts: [' One.', new Error('secret')] });
    const events = await eventsOf(await ask([['stream', 'true']]));
    expect(events).toHaveLength(2);
    expect(JSON.parse(events[1] ?? '').error).toMatchObject({ type: 'server_error', code: 'internal_error' });
    expect(events.join()).not.toContain('secret');
  });

  it('end when their client leaves', async () => {
    const fake = await tests.serve({
      beforeSegment: (index, signal) =>
        index === 0 ? undefined : new Promise((resolve) => signal?.addEventListener('abort', resolve)),
    });
    const client = await postFormAlone(tests.server.url, path, [
      ['model', 'transcription'],
      ['file', tests.audio],
      ['stream', 'true'],
    ]);
    await client.firstBytes;
    expect(fake.active).toBe(1);
    client.leave();
    await vi.waitFor(() => expect(fake.active).toBe(0));
  });
});
