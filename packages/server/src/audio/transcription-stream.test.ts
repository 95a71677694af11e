import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type FakeTranscriberOptions, fakeTranscriber } from '../testing/fake-transcriber.js';
import { expectValid } from '../testing/openai-schemas.js';
import { eventsOf, type TestServer, testServer } from '../testing/test-server.js';
import { postForm, postFormAlone } from './testing/forms.js';
import { toneFile } from './testing/sounds.js';
import { temporaryFiles } from './testing/temporary-files.js';

const noFilesLeft = temporaryFiles();
let audio: Uint8Array<ArrayBuffer>;
let server: TestServer;

beforeAll(async () => {
  audio = await toneFile('wav', 1.5);
});
afterEach(async () => {
  await noFilesLeft();
  await server[Symbol.asyncDispose]();
});

async function serve(options: FakeTranscriberOptions = {}) {
  const fake = fakeTranscriber(options);
  server = await testServer({ transcription: fake.engine });
  return fake;
}

const path = '/v1/audio/transcriptions';

function ask(fields: readonly (readonly [string, string])[]): Promise<Response> {
  return postForm(server.url, path, [['model', 'transcription'], ['file', audio], ...fields]);
}

const text = 'Hello there. How <are> you?';

describe('streamed transcriptions', () => {
  it('bring a segment an event and then the whole text', async () => {
    await serve();
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
    await serve({ texts: [' ', ''] });
    expect(await eventsOf(await ask([['stream', 'true']]))).toEqual(['{"type":"transcript.text.done","text":""}']);
  });

  it('end in an error event', async () => {
    await serve({ texts: [' One.', new Error('secret')] });
    const events = await eventsOf(await ask([['stream', 'true']]));
    expect(events).toHaveLength(2);
    expect(JSON.parse(events[1] ?? '').error).toMatchObject({ type: 'server_error', code: 'internal_error' });
    expect(events.join()).not.toContain('secret');
  });

  it('end when their client leaves', async () => {
    const fake = await serve({
      beforeSegment: (index, signal) =>
        index === 0 ? undefined : new Promise((resolve) => signal?.addEventListener('abort', resolve)),
    });
    const client = await postFormAlone(server.url, path, [
      ['model', 'transcription'],
      ['file', audio],
      ['stream', 'true'],
    ]);
    await client.firstBytes;
    expect(fake.active).toBe(1);
    client.leave();
    await vi.waitFor(() => expect(fake.active).toBe(0));
  });
});
