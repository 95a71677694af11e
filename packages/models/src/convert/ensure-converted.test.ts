import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ProgressEvent } from '@ferrum/interfaces';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { type Conversion, ensureConverted } from './ensure-converted.js';

const folder = temporaryFolder();
let places = 0;

/** A model of one file of 8 bytes, changed last in the second 1,700,000,000; `convert` counts its calls. */
function newModel(name = 'model.gguf') {
  places += 1;
  const directory = path.join(folder, String(places));
  mkdirSync(directory);
  const location = path.join(directory, name);
  writeFileSync(location, 'weights!');
  utimesSync(location, 1_700_000_000, 1_700_000_000);
  const folders: string[] = [];
  const conversion: Conversion = {
    location,
    files: [location],
    maker: [1, 'exact', { layers: 2 }],
    label: 'a model',
    cacheDirectory: path.join(directory, 'cache'),
    convert: async (temporary) => {
      folders.push(temporary);
      writeFileSync(path.join(temporary, 'graph.onnx'), `graph ${folders.length}`);
    },
  };
  return { directory, location, conversion, folders };
}

describe('ensureConverted', () => {
  it('converts once, and says in the cache what it was made from', async () => {
    const { conversion, location, folders } = newModel();
    const converted = await ensureConverted(conversion, {});
    expect(await ensureConverted(conversion, {})).toBe(converted);
    expect(folders).toHaveLength(1);
    expect(path.dirname(converted)).toBe(path.join(conversion.cacheDirectory, 'graphs'));
    expect(readFileSync(path.join(converted, 'graph.onnx'), 'utf8')).toBe('graph 1');
    expect(JSON.parse(readFileSync(path.join(converted, 'entry.json'), 'utf8'))).toMatchObject({ sources: [location] });
  });

  it('names the folder as it always has, so that what was converted before is found', async () => {
    const { conversion, location } = newModel();
    const hash = createHash('sha256')
      .update('[1,"exact",{"layers":2}]')
      .update(`["${location}",8,1700000000000]`)
      .digest('hex');
    expect(path.basename(await ensureConverted(conversion, {}))).toBe(`model.gguf-${hash.slice(0, 16)}`);
  });

  it('keeps of a name what every file system takes', async () => {
    const { conversion } = newModel(`größe & ${'x'.repeat(60)}.gguf`);
    expect(path.basename(await ensureConverted(conversion, {}))).toMatch(/^gr__e___x{40}-[0-9a-f]{16}$/);
  });

  it.each<[string, (model: ReturnType<typeof newModel>) => Partial<Conversion>]>([
    ['another maker', () => ({ maker: [2, 'exact', { layers: 2 }] })],
    [
      'a file of another size',
      ({ location }) => {
        writeFileSync(location, 'more weights');
        utimesSync(location, 1_700_000_000, 1_700_000_000);
        return {};
      },
    ],
    [
      'a file of another time',
      ({ location }) => {
        utimesSync(location, 1_700_000_001, 1_700_000_001);
        return {};
      },
    ],
    [
      'one more file',
      ({ directory, location }) => {
        const shard = path.join(directory, 'second.gguf');
        writeFileSync(shard, '');
        return { files: [location, shard] };
      },
    ],
  ])('converts anew for %s', async (_name, change) => {
    const model = newModel();
    const before = await ensureConverted(model.conversion, {});
    const after = await ensureConverted({ ...model.conversion, ...change(model) }, {});
    expect(after).not.toBe(before);
    expect(model.folders).toHaveLength(2);
  });

  it('takes a link for the file that it leads to', async () => {
    const { conversion, directory, location, folders } = newModel();
    mkdirSync(path.join(directory, 'snapshot'));
    const link = path.join(directory, 'snapshot', 'model.gguf');
    symlinkSync(location, link);
    const converted = await ensureConverted(conversion, {});
    expect(await ensureConverted({ ...conversion, location: link, files: [link] }, {})).toBe(converted);
    expect(folders).toHaveLength(1);
  });

  it('says that another is converting the model while it waits', async () => {
    const { conversion, folders } = newModel();
    const events: ProgressEvent[] = [];
    const told = new EventEmitter();
    const begun = once(told, 'begun');
    const convert: Conversion['convert'] = async (temporary, options) => {
      told.emit('begun');
      await once(told, 'waiting');
      await conversion.convert(temporary, options);
    };
    const first = ensureConverted({ ...conversion, convert }, {});
    await begun;
    const onProgress = (event: ProgressEvent) => {
      events.push(event);
      told.emit('waiting');
    };
    expect(await ensureConverted(conversion, { onProgress })).toBe(await first);
    expect(events).toEqual([
      { phase: 'convert', label: 'a model (another process is converting it)', unit: 'tensors', completed: 0 },
    ]);
    expect(folders).toHaveLength(1);
  });

  it('hands progress on, and a signal that ends the conversion', async () => {
    const { conversion } = newModel();
    const controller = new AbortController();
    const event: ProgressEvent = { phase: 'convert', label: 'a model', unit: 'tensors', completed: 1, total: 2 };
    const events: ProgressEvent[] = [];
    let signalled: AbortSignal | undefined;
    const convert: Conversion['convert'] = async (_temporary, { signal, onProgress }) => {
      signalled = signal;
      onProgress?.(event);
      controller.abort(new Error('enough'));
    };
    const options = { signal: controller.signal, onProgress: (told: ProgressEvent) => events.push(told) };
    await expect(ensureConverted({ ...conversion, convert }, options)).rejects.toMatchObject({ code: 'Cancelled' });
    expect(events).toEqual([event]);
    expect(signalled?.aborted).toBe(true);
  });
});
