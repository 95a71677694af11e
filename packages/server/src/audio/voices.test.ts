import { afterEach, expect, it } from 'vitest';
import { fakeSpeaker } from '../testing/fake-speaker.js';
import { fakeTranscriber } from '../testing/fake-transcriber.js';
import { errorOf, jsonOf } from '../testing/read-response.js';
import { type TestServer, testServer } from '../testing/test-server.js';

let server: TestServer;
afterEach(() => server[Symbol.asyncDispose]());

const get = (query = '') => fetch(`${server.url}/v1/audio/voices${query}`);

it('lists the voices of the first speech model, or of the named one', async () => {
  server = await testServer({ transcription: fakeTranscriber().engine, speech: fakeSpeaker().engine });
  const expected = {
    object: 'list',
    data: [
      { id: 'joe', object: 'voice', model: 'speech', language: 'en-US', sample_rate: 22_050 },
      {
        ...{ id: 'ann', object: 'voice', model: 'speech', language: 'de-DE', gender: 'female', sample_rate: 22_050 },
        ...{ description: 'of tests', license: 'CC0-1.0' },
      },
    ],
  };
  for (const query of ['', '?model=speech']) expect(await jsonOf(await get(query))).toEqual(expected);
});

it('refuses what is no speech model', async () => {
  server = await testServer({ transcription: fakeTranscriber().engine });
  for (const [query, status, param] of [
    ['', 404, 'model'],
    ['?model=none', 404, 'model'],
    ['?model=transcription', 400, 'model'],
    ['?language=de', 400, 'language'],
  ] as const) {
    const response = await get(query);
    expect([response.status, (await errorOf(response)).param]).toEqual([status, param]);
  }
});
