import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ServedFile, serveFile, startServer } from '../testing/http-server.js';
import { sha256 } from '../testing/hub-server.js';
import { rejection } from '../testing/rejection.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { type DownloadedFile, downloadFile, type FileDownload } from './download-file.js';

const folder = temporaryFolder();
const content = randomBytes(300_000);
let count = 0;

interface Setup {
  readonly partialPath: string;
  readonly requests: Awaited<ReturnType<typeof startServer>>['requests'];
  download(options?: Partial<FileDownload>): Promise<DownloadedFile>;
}

async function setup(file: ServedFile): Promise<Setup> {
  const server = await startServer((request, response) => serveFile(request, response, file));
  count += 1;
  const partialPath = join(folder, `file-${count}.incomplete`);
  const { signal } = new AbortController();
  return {
    partialPath,
    requests: server.requests,
    download: (options) =>
      downloadFile({ url: `${server.url}/file`, partialPath, signal, onBytes: () => undefined, ...options }),
  };
}

/** Breaks the first responses after so many bytes each. */
function breaking(...afters: number[]): () => number | undefined {
  return () => afters.shift();
}

describe('downloadFile', () => {
  it('delivers the bytes and reports each step up to the total', async () => {
    const { download, partialPath } = await setup({ content });
    const seen: (number | undefined)[][] = [];
    const file = await download({ onBytes: (...step) => seen.push(step) });
    expect(file).toEqual({ sizeBytes: content.length, sha256: sha256(content) });
    expect(readFileSync(partialPath).equals(content)).toBe(true);
    expect(seen.at(0)).toEqual([0, content.length]);
    expect(seen.at(-1)).toEqual([content.length, content.length]);
  });

  it('asks only for what is missing after the connection broke, twice', async () => {
    const { download, requests, partialPath } = await setup({
      content,
      etag: '"v1"',
      breakAfter: breaking(100_000, 50_000),
    });
    expect((await download()).sha256).toBe(sha256(content));
    const ranges = requests.map(({ headers }) => Number(/^bytes=(\d+)-$/.exec(headers.range ?? 'bytes=0-')?.[1]));
    expect(ranges).toHaveLength(3);
    expect(ranges[1]).toBeGreaterThan(0);
    expect(ranges[2]).toBeGreaterThan(ranges[1] ?? 0);
    expect(requests[2]?.headers['if-range']).toBe('"v1"');
    expect(existsSync(`${partialPath}.etag`)).toBe(false);
  });

  it('goes on with the bytes that an earlier process left', async () => {
    const { download, requests, partialPath } = await setup({ content, etag: '"v1"' });
    writeFileSync(partialPath, content.subarray(0, 120_000));
    writeFileSync(`${partialPath}.etag`, '"v1"');
    expect((await download()).sha256).toBe(sha256(content));
    expect(requests.map(({ headers }) => headers.range)).toEqual(['bytes=120000-']);
  });

  it('starts over when the file has changed on the server', async () => {
    const { download, partialPath } = await setup({ content, etag: '"v2"' });
    writeFileSync(partialPath, randomBytes(120_000));
    writeFileSync(`${partialPath}.etag`, '"v1"');
    expect((await download()).sha256).toBe(sha256(content));
  });

  it('starts over from bytes of an unknown version, unless a checksum will tell', async () => {
    const unknown = await setup({ content });
    writeFileSync(unknown.partialPath, content.subarray(0, 120_000));
    await unknown.download();
    expect(unknown.requests.map(({ headers }) => headers.range)).toEqual([undefined]);
    const known = await setup({ content });
    writeFileSync(known.partialPath, content.subarray(0, 120_000));
    await known.download({ digest: { algorithm: 'sha256', value: sha256(content) } });
    expect(known.requests.map(({ headers }) => headers.range)).toEqual(['bytes=120000-']);
  });

  it('needs no request for bytes that are all there, and drops too many', async () => {
    const digest = { algorithm: 'sha256', value: sha256(content) } as const;
    const whole = await setup({ content });
    writeFileSync(whole.partialPath, content);
    expect(await whole.download({ digest, sizeBytes: content.length })).toMatchObject({ sha256: digest.value });
    expect(whole.requests).toHaveLength(0);
    const tooLong = await setup({ content });
    writeFileSync(tooLong.partialPath, Buffer.concat([content, content]));
    expect(await tooLong.download({ digest, sizeBytes: content.length })).toMatchObject({ sha256: digest.value });
    const unknownSize = await setup({ content });
    writeFileSync(unknownSize.partialPath, Buffer.concat([content, content]));
    expect(await unknownSize.download({ digest })).toMatchObject({ sha256: digest.value });
  });

  it('deletes bytes with a wrong checksum or size', async () => {
    const { download, partialPath } = await setup({ content });
    const error = await rejection(download({ digest: { algorithm: 'sha256', value: sha256('other') } }));
    expect([error.code, existsSync(partialPath)]).toEqual(['InvalidFormat', false]);
    expect((await rejection(download({ sizeBytes: 5 }))).code).toBe('InvalidFormat');
    expect(existsSync(partialPath)).toBe(false);
  });

  it('tries a busy server again, but not a missing file', async () => {
    const answers = [503, 429];
    const server = await startServer((_request, response) => response.writeHead(answers.shift() ?? 200).end('ok'));
    const { signal } = new AbortController();
    const request = { url: server.url, partialPath: join(folder, 'busy'), signal, onBytes: () => undefined };
    expect((await downloadFile(request)).sizeBytes).toBe(2);
    const missing = await startServer((_request, response) => response.writeHead(404).end());
    expect((await rejection(downloadFile({ ...request, url: missing.url }))).code).toBe('NotFound');
    expect(missing.requests).toHaveLength(1);
  });

  it('gives up on a server that breaks every time without getting further', async () => {
    const { download, requests } = await setup({ content, breakAfter: () => 0 });
    expect((await rejection(download())).code).toBe('Network');
    expect(requests).toHaveLength(5);
  });

  it('keeps the bytes when it is aborted', async () => {
    const { download, partialPath } = await setup({ content, etag: '"v1"', hangAfter: () => 100_000 });
    const controller = new AbortController();
    const error = await rejection(
      download({ signal: controller.signal, onBytes: (completed) => completed > 0 && controller.abort() }),
    );
    expect(error.code).toBe('Cancelled');
    expect(readFileSync(partialPath).length).toBeGreaterThan(0);
    expect(readFileSync(`${partialPath}.etag`, 'utf8')).toBe('"v1"');
  });

  it.skipIf(!existsSync('/dev/full'))('reports a full disk (needs /dev/full)', async () => {
    const { download, partialPath } = await setup({ content });
    symlinkSync('/dev/full', partialPath);
    const error = await rejection(download());
    expect([error.code, error.details.systemCode]).toEqual(['ResourceExhausted', 'ENOSPC']);
    expect(error.message).toMatch(/FERRUM_HOME/);
  });
});
