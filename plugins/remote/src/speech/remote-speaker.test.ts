import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { collect } from '../testing/collect.js';
import { type Answer, failing, fakeServer, json, text } from '../testing/fake-server.js';
import { openEngine } from '../testing/open-engine.js';

const pause = 7200;

/** As many samples as the text has letters, each of a quarter, in pieces of an odd number of bytes. */
const speech: Answer = async (response, request) => {
  const { input } = JSON.parse(request.text);
  const bytes = Buffer.alloc(2 * input.length);
  for (let index = 0; index < input.length; index += 1) bytes.writeInt16LE(8192, 2 * index);
  response.writeHead(200, { 'content-type': 'audio/pcm' });
  const size = bytes.length < 1000 ? 3 : 999;
  for (let from = 0; from < bytes.length; from += size) {
    response.write(bytes.subarray(from, from + size));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  response.end();
};

async function* written(...pieces: string[]): AsyncGenerator<string> {
  yield* pieces;
}

const lengthOf = (chunks: readonly { readonly samples: Float32Array }[]) =>
  chunks.reduce((sum, { samples }) => sum + samples.length, 0);

it('speaks as the bytes arrive, whole samples each', async () => {
  await using server = await fakeServer([speech]);
  await using opened = await openEngine('speech', [server.url], {}, { voices: [{ id: 'ann', language: 'en' }] });
  const chunks = await collect(opened.engine.synthesizeStream('Hello there.', { speed: 2 }));
  expect(chunks.length).toBeGreaterThan(1);
  expect(chunks.flatMap(({ samples }) => [...samples])).toEqual(Array(12).fill(0.25));
  expect(chunks[0]?.sampleRate).toBe(24_000);
  expect(JSON.parse(server.requests[0]?.text ?? '')).toEqual({
    ...{ model: 'model', input: 'Hello there.', response_format: 'pcm', voice: 'ann', speed: 2 },
  });
  expect(await opened.engine.voices()).toEqual([{ id: 'ann', language: 'en', sampleRate: 24_000 }]);
});

it('gives chunks of as many frames as asked for', async () => {
  await using server = await fakeServer([speech]);
  await using opened = await openEngine('speech', [server.url], {}, { sampleRate: 4000 });
  const chunks = await opened.engine.synthesizeSpeech('x'.repeat(100), undefined, 1);
  expect(chunks.map(({ length }) => length)).toEqual([40, 40, 20]);
});

it('speaks a text that is being written sentence by sentence, in order, with pauses', async () => {
  await using server = await fakeServer([speech]);
  await using opened = await openEngine('speech', [server.url]);
  const chunks = await collect(opened.engine.synthesizeStream(written('One. Tw', 'o is longer. ', ' ', 'Three')));
  expect(server.requests.map(({ text: body }) => JSON.parse(body).input)).toEqual([
    'One. ',
    'Two is longer.  ',
    'Three',
  ]);
  expect(lengthOf(chunks)).toBe(5 + pause + 16 + pause + 5);
});

it('requests the next sentence while the one before is read, but not the one after', async () => {
  await using server = await fakeServer([speech]);
  await using opened = await openEngine('speech', [server.url]);
  const stream = opened.engine.synthesizeStream(written('One. ', 'Two. ', 'Three. ', 'Four.'));
  await stream[Symbol.asyncIterator]().next();
  while (server.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(server.requests).toHaveLength(2);
  await stream[Symbol.asyncIterator]().return?.();
});

it('divides a long text between sentences', async () => {
  await using server = await fakeServer([speech]);
  await using opened = await openEngine('speech', [server.url]);
  const sentence = `Some ${'words '.repeat(500)}end. `;
  await collect(opened.engine.synthesizeStream(sentence.repeat(3)));
  const inputs = server.requests.map(({ text: body }) => JSON.parse(body).input);
  expect(inputs).toEqual([sentence, sentence, sentence]);
});

it('tells the writer when nobody listens any more', async () => {
  await using server = await fakeServer([speech]);
  await using opened = await openEngine('speech', [server.url]);
  let isLeft = false;
  const endless: AsyncIterable<string> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => {}),
      return: async () => {
        isLeft = true;
        return { done: true, value: undefined };
      },
    }),
  };
  const stream = opened.engine.synthesizeStream(endless)[Symbol.asyncIterator]();
  const first = stream.next();
  await stream.return?.();
  await first;
  expect(isLeft).toBe(true);
});

it.each([
  ['half a sample at the end', text('xyz', 'audio/pcm'), 'Network'],
  ['no sound', text('', 'audio/pcm'), 'Backend'],
  ['a page', text('<html>'), 'Backend'],
  ['a page that is called sound', text('<html>', 'audio/pcm'), 'Backend'],
  ['a page of XHTML', text('xx', 'application/xhtml+xml; charset=utf-8'), 'Backend'],
  ['JSON of a kind', text('xx', 'application/problem+json'), 'Backend'],
  ['an error', failing(400), 'RequestValidation'],
])('refuses an answer with %s', async (_, answer, code) => {
  await using server = await fakeServer([answer]);
  await using opened = await openEngine('speech', [server.url]);
  await expect(opened.engine.synthesizeSpeech('Hello.')).rejects.toMatchObject({ code });
});

it.each([
  ['a WAV file', ['RI', 'FF....WAVEfmt ']],
  ['an MP3 file', ['ID3', '\x04\0\0\0\0']],
  ['an Ogg file', ['O', 'g', 'g', 'S', '\0\0']],
  ['a page of HTML or XML', ['<!DOC', 'TYPE html>']],
])('says that it is %s which came in place of samples', async (name, pieces) => {
  await using server = await fakeServer([
    async (response) => {
      response.writeHead(200);
      for (const piece of pieces) {
        response.write(piece);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      response.end();
    },
  ]);
  await using opened = await openEngine('speech', [server.url]);
  await expect(opened.engine.synthesizeSpeech('Hello.')).rejects.toMatchObject({
    code: 'Backend',
    message: `${server.url} answers with ${name}, not with pcm.`,
  });
  expect(server.requests).toHaveLength(1);
});

it('shows what a server says that answers with an error and status 200', async () => {
  await using server = await fakeServer([json({ error: { message: 'no voice today' } })]);
  await using opened = await openEngine('speech', [server.url]);
  await expect(opened.engine.synthesizeSpeech('Hello.')).rejects.toMatchObject({
    code: 'Backend',
    message: `${server.url} failed with status 200: no voice today`,
  });
});

it('leaves nothing at a signal that lives on', async () => {
  await using server = await fakeServer([speech]);
  await using opened = await openEngine('speech', [server.url]);
  const { signal } = new AbortController();
  await collect(opened.engine.synthesizeStream(written('One. ', 'Two.'), { signal }));
  for await (const _ of opened.engine.synthesizeStream('Hello there.', { signal })) break;
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it.each([
  ['streaming', written('One.'), {}],
  ['speed', 'One.', { speed: 2 }],
  ['seed', 'One.', { seed: 1 }],
] as const)(
  'refuses %s before anything is sent where the configuration leaves it out',
  async (feature, what, options) => {
    await using server = await fakeServer([speech]);
    await using opened = await openEngine('speech', [server.url], { api: 'ferrum' }, { features: [] });
    await expect(collect(opened.engine.synthesizeStream(what, options))).rejects.toMatchObject({
      code: 'Unsupported',
      details: { feature },
    });
    expect(server.requests).toEqual([]);
    await collect(opened.engine.synthesizeStream('One.', { speed: 1 }));
    expect(JSON.parse(server.requests[0]?.text ?? '')).not.toHaveProperty('speed');
  },
);

it.each([
  [{ loudness: -20 }, 'Unsupported'],
  [{ wordTimestamps: true }, 'Unsupported'],
  [{ emoji: 'name' }, 'Unsupported'],
  [{ sentencePause: 1 }, 'Unsupported'],
  [{ seed: 1 }, 'Unsupported'],
  [{ language: 'de' }, 'Unsupported'],
  [{ speed: Number.NaN }, 'InvalidParameter'],
  [{ voice: ' ' }, 'InvalidParameter'],
  [{ chunkFrames: 0 }, 'InvalidParameter'],
  [{ sped: 1 }, 'InvalidParameter'],
] as const)('refuses the options %j', async (options, code) => {
  await using server = await fakeServer([speech]);
  await using opened = await openEngine('speech', [server.url]);
  await expect(collect(opened.engine.synthesizeStream('Hello.', options as never))).rejects.toMatchObject({ code });
  expect(server.requests).toEqual([]);
});

it('asks a Ferrum for its voices, and sends seed and language', async () => {
  const voices = json({ data: [{ id: 'joe', object: 'voice', language: 'en-US', sample_rate: 22_050 }] });
  await using server = await fakeServer([voices, speech]);
  await using opened = await openEngine('speech', [server.url], { api: 'ferrum' }, { name: 'a b' });
  expect(await opened.engine.voices()).toEqual([{ id: 'joe', language: 'en-US', sampleRate: 24_000 }]);
  expect(server.requests[0]?.path).toBe('/v1/audio/voices?model=a%20b');
  await collect(opened.engine.synthesizeStream('Hello.', { seed: 3, language: 'en' }));
  expect(JSON.parse(server.requests[1]?.text ?? '')).toMatchObject({ seed: 3, language: 'en' });
});

it('knows no voices of other servers, and says where to list them', async () => {
  await using opened = await openEngine('speech', ['http://127.0.0.1:9/v1']);
  await expect(opened.engine.voices()).rejects.toMatchObject({ code: 'Unsupported' });
});
