import type { IncomingMessage } from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { apiErrorOf } from '../../http/api-error.js';
import { type FakeTranscriber, fakeTranscriber } from '../../testing/fake-transcriber.js';
import { ownConnection } from '../../testing/own-connection.js';
import { type TestServer, testServer } from '../../testing/test-server.js';
import { type FieldValue, formOf, postForm } from '../testing/forms.js';
import { toneFile } from '../testing/sounds.js';
import { temporaryFiles } from '../testing/temporary-files.js';
import { asFormError } from './form-error.js';

const noFilesLeft = temporaryFiles();
const url = '/v1/audio/transcriptions';
const audioBytes = 20_000;
let audio: Uint8Array<ArrayBuffer>;
let fake: FakeTranscriber;
let server: TestServer;

beforeAll(async () => {
  audio = await toneFile('wav', 0.5);
  fake = fakeTranscriber({ texts: [' Hi.'] });
  server = await testServer({ transcription: fake.engine }, { limits: { audioBytes } });
});
afterEach(async () => {
  await noFilesLeft();
  fake.calls.length = 0;
});
afterAll(() => server[Symbol.asyncDispose]());

/** Status, field and code of the answer to a form that the engine is to know nothing of. */
async function outcomeOf(response: Response | IncomingMessage) {
  const isFetched = response instanceof Response;
  const { error } = JSON.parse(isFetched ? await response.text() : await text(response));
  expect(fake.calls).toEqual([]);
  return refusal(isFetched ? response.status : response.statusCode, error?.param, error?.code);
}

function refusal(status?: number, param?: unknown, code?: string) {
  return { status, ...(param !== undefined && { param }), ...(code !== undefined && { code }) };
}

async function send(fields: readonly (readonly [string, FieldValue])[]) {
  return outcomeOf(await postForm(server.url, url, fields));
}

/** What a body made by hand comes to. */
async function sendRaw(body: string | Uint8Array, type = 'multipart/form-data; boundary=x') {
  return outcomeOf(await ownConnection(server.url, url, type, body).response);
}

const field = (name: string, value: string, headers = '') =>
  `--x\r\nContent-Disposition: form-data; name="${name}"\r\n${headers}\r\n${value}\r\n`;
const model = ['model', 'transcription'] as const;

describe('a form', () => {
  it('may not name where its file goes', async () => {
    for (const name of ['../../etc/passwd', '/etc/passwd', 'a\0b', 'C:\\windows\\a.wav', '']) {
      const response = await postForm(
        server.url,
        url,
        [model].map((one) => one as readonly [string, FieldValue]),
      );
      expect(response.status).toBe(400);
      const form = formOf([model, ['file', audio, name || 'x']]);
      expect((await postForm(server.url, url, form)).status).toBe(200);
    }
    for (const { audio: given } of fake.calls) {
      expect(path.dirname(String(given))).toMatch(/ferrum-uploads-\w+$/);
      expect(path.basename(String(given))).toMatch(/^\d+$/);
    }
  });

  it('has a file, which is not a text', async () => {
    expect(await send([model])).toMatchObject(refusal(400, 'file', 'missing_required_parameter'));
    expect(await send([model, ['file', '/etc/passwd']])).toMatchObject(refusal(400, 'file', 'invalid_value'));
    expect(await send([['file', audio], model, ['file', '/etc/passwd']])).toMatchObject(refusal(400, 'file'));
    expect(await send([model, ['file', new Uint8Array()]])).toMatchObject(refusal(400, 'file', 'invalid_value'));
    expect(await send([model, ['file[]', '/etc/passwd']])).toMatchObject(
      refusal(400, 'file', 'missing_required_parameter'),
    );
  });

  it('has one file, in the field of that name', async () => {
    expect(await send([model, ['file', audio], ['file', audio]])).toMatchObject(refusal(400, 'file', 'invalid_value'));
    expect(await send([model, ['audio', audio]])).toMatchObject(refusal(400, 'audio'));
    expect(
      await send([
        ['model', audio],
        ['file', audio],
      ]),
    ).toMatchObject(refusal(400, 'model'));
  });

  it('is not larger than allowed, whether or not it says so', async () => {
    const large = new Uint8Array(audioBytes + 1);
    expect(await send([model, ['file', large]])).toMatchObject(refusal(413, null, 'request_too_large'));
    const chunked = await fetch(`${server.url}${url}`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      body: new Blob([
        `--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`,
        large,
        '\r\n--x--\r\n',
      ]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(await outcomeOf(chunked)).toMatchObject(refusal(413, null, 'request_too_large'));
    const huge = await fetch(`${server.url}${url}`, {
      method: 'POST',
      body: formOf([['file', new Uint8Array(70 * 2 ** 20)]]),
    });
    expect(await outcomeOf(huge)).toMatchObject(refusal(413, null, 'request_too_large'));
  });

  it('has fields of 64 KiB at most, and of 256 KiB together', async () => {
    const part = 'é'.repeat(2 ** 15);
    const prompt = (text: string) => ['prompt', text] as const;
    expect((await postForm(server.url, url, [model, prompt(part), ['file', audio]])).status).toBe(200);
    fake.calls.length = 0;
    expect(await send([model, prompt(`${part}a`), ['file', audio]])).toMatchObject(
      refusal(400, 'prompt', 'invalid_value'),
    );
    const more = Array.from({ length: 4 }, (_, index) => [`f${index}`, part] as const);
    for (const fields of [
      [model, ['file', audio], ...more],
      [model, ...more, ['file', audio]],
    ] as const) {
      expect(await send(fields)).toMatchObject(refusal(400, 'f3', 'invalid_value'));
    }
    const json = `"${'x'.repeat(2 ** 16 - 2)}"`;
    const parts = [0, 1, 2, 3].map((index) => field(`f${index}`, json, 'Content-Type: application/json\r\n'));
    expect(
      await sendRaw(`${field('model', 'm')}${parts.join('')}${field('prompt', 'x'.repeat(9))}--x--\r\n`),
    ).toMatchObject(refusal(400, 'prompt', 'invalid_value'));
    const deep = field('prompt', '['.repeat(30_000) + ']'.repeat(30_000), 'Content-Type: application/json\r\n');
    expect(await sendRaw(`${deep}--x--\r\n`)).toMatchObject(refusal(400, 'prompt', 'invalid_value'));
  });

  it('has no more parts than fields', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => field(`f${index}`, 'x')).join('');
    expect(await sendRaw(`${many(65)}--x--\r\n`)).toMatchObject(refusal(400, null, 'invalid_value'));
    expect(await sendRaw(`${many(10_000)}--x--\r\n`)).toMatchObject(refusal(400, null, 'invalid_value'));
    expect(await sendRaw(`${field('f'.repeat(101), 'x')}--x--\r\n`)).toMatchObject(refusal(400, null, 'invalid_value'));
  });

  it('reaches no prototype', async () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(await send([model, ['file', audio], [name, '{"polluted":true}']])).toMatchObject(
        refusal(400, null, 'unknown_parameter'),
      );
    }
    for (const name of ['chunking_strategy[__proto__]', 'chunking_strategy[constructor]']) {
      expect(await send([model, ['file', audio], [name, 'x']])).toMatchObject(
        refusal(400, expect.stringMatching(/^chunking_strategy/)),
      );
    }
    const json = ['chunking_strategy', '{"type":"server_vad","__proto__":{"polluted":true}}'] as const;
    expect(await send([model, ['file', audio], json])).toMatchObject(refusal(400, 'chunking_strategy'));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('is refused when it is not whole, or none', async () => {
    const malformed = refusal(400, null, 'malformed_form');
    const file = `--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`;
    expect(await sendRaw('a', 'multipart/form-data')).toMatchObject(malformed);
    expect(await sendRaw('a', `multipart/form-data; boundary=${'x'.repeat(300)}`)).toMatchObject(malformed);
    expect(await sendRaw('a', 'multipart/form-data; boundary=""')).toMatchObject(refusal(400, null));
    expect(await sendRaw('no boundary here')).toMatchObject(refusal(400));
    expect(await sendRaw('')).toMatchObject(refusal(400));
    expect(await sendRaw(`${file}RIFF`)).toMatchObject(malformed);
    expect(await sendRaw('--x\r\nContent-Disposition: form-data; name="model')).toMatchObject(malformed);
    expect(await sendRaw(`${field('model', '{', 'Content-Type: application/json\r\n')}--x--\r\n`)).toMatchObject(
      refusal(400, null, 'invalid_json'),
    );
    expect(await sendRaw(`${field('model', 'm', 'A: b\r\n'.repeat(50_000))}--x--\r\n`)).toMatchObject(refusal(400));
    const nested = 'Content-Type: multipart/mixed; boundary=y\r\n';
    const inner = '--y\r\nContent-Disposition: file; filename="a"\r\n\r\nx\r\n--y--\r\n';
    expect(await sendRaw(`${field('file', inner, nested)}--x--\r\n`)).toMatchObject(refusal(400, 'file'));
    for (const type of ['multipart/mixed; boundary=x', 'text/plain', 'application/octet-stream']) {
      expect(await sendRaw(`${field('model', 'm')}--x--\r\n`, type)).toMatchObject(
        refusal(415, null, 'unsupported_media_type'),
      );
    }
  });

  it('leaves nothing when its client does', async () => {
    const head = `${field('model', 'transcription')}--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`;
    const { request, leave } = ownConnection(server.url, url, 'multipart/form-data; boundary=x', head, 1_000_000);
    request.write(Buffer.alloc(10_000));
    await vi.waitFor(() => expect(noFilesLeft.count()).toBe(1));
    leave();
    await noFilesLeft();
    expect(fake.calls).toEqual([]);
    expect(server.log.join('')).not.toContain('"level":50');
  });

  it('never breaks the server, whatever is in it', async () => {
    const whole = Buffer.from(
      `${field('model', 'transcription')}${field('temperature', '0.5')}--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nRIFF\r\n--x--\r\n`,
    );
    const change = fc.record({
      at: fc.nat(whole.length),
      remove: fc.nat(30),
      insert: fc.oneof(
        fc.uint8Array({ maxLength: 20 }),
        fc.constantFrom('\r\n', '--x', '--x--', '"', '[', '\0').map((piece) => Buffer.from(piece)),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        let body: Buffer = whole;
        for (const { at, remove, insert } of changes)
          body = Buffer.concat([body.subarray(0, at), insert, body.subarray(at + remove)]);
        const response = await ownConnection(server.url, url, 'multipart/form-data; boundary=x', body).response;
        const { error } = JSON.parse(await text(response));
        expect(response.statusCode).toBeGreaterThanOrEqual(400);
        expect(response.statusCode).toBeLessThan(500);
        expect(Object.keys(error)).toEqual(['message', 'type', 'param', 'code']);
      }),
      { numRuns: 60 },
    );
  });
});

describe('an error in reading a form', () => {
  const { signal } = new AbortController();
  const statusOf = (error: object) => apiErrorOf(asFormError(Object.assign(new Error('no'), error), signal) as never);

  it('is the disk being full, or broken', () => {
    expect(statusOf({ code: 'ENOSPC', syscall: 'write' })).toMatchObject({ status: 503, retryAfter: 30 });
    expect(statusOf({ code: 'EIO', syscall: 'write' })).toMatchObject({ status: 500, body: { error: { code: 'io' } } });
  });
});
