import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createModelStore } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import { describe, expect, it } from 'vitest';
import { listVoices } from '../dist/index.js';
import { overwrite, setJson, truncate } from './testing/spoil.js';
import { spoken } from './testing/spoken.js';
import { copyStandIn, openStandIn, type StandIn } from './testing/stand-in-voices.js';
import { temporaryFolder } from './testing/temporary-folder.js';

const folder = temporaryFolder();

type Damage = readonly [what: string, model: StandIn, spoil: (copy: string) => void, code: string, message: RegExp];

const write = (copy: string, name: string, content: string | Uint8Array) =>
  writeFileSync(path.join(copy, name), content);
const settings = 'voice.onnx.json';

/** What opening the model says of it. */
const damages: readonly Damage[] = [
  ['the graph ends early', 'piper', (copy) => truncate(copy, 'voice.onnx', 0.7), 'InvalidFormat', /voice\.onnx/],
  [
    'the graph ends in its header',
    'piper',
    (copy) => truncate(copy, 'voice.onnx', 1e-3),
    'InvalidFormat',
    /voice\.onnx|Piper/,
  ],
  ['the graph is empty', 'piper', (copy) => truncate(copy, 'voice.onnx', 0), 'InvalidFormat', /voice\.onnx|Piper/],
  ['the graph is a text', 'piper', (copy) => write(copy, 'voice.onnx', 'Not Found'), 'InvalidFormat', /voice\.onnx/],
  [
    'the graph is a wave',
    'piper',
    (copy) => write(copy, 'voice.onnx', Buffer.from('RIFF$\0\0\0WAVEfmt ')),
    'InvalidFormat',
    /voice\.onnx/,
  ],
  [
    'the graph is of Kokoro',
    'piper',
    (copy) => copyFileSync(new URL('fixtures/kokoro.onnx', import.meta.url), path.join(copy, 'voice.onnx')),
    'InvalidFormat',
    /scales/,
  ],
  [
    'an operator is unknown',
    'piper',
    (copy) => overwrite(copy, 'voice.onnx', '\u0004Tanh', '\u0004Tanq'),
    'Invalid',
    /Tanq/,
  ],
  ['the settings are gone', 'piper', (copy) => rmSync(path.join(copy, settings)), 'Unsupported', /\.onnx\.json/],
  [
    'the settings are no JSON',
    'piper',
    (copy) => write(copy, settings, '{"audio"'),
    'InvalidFormat',
    /voice\.onnx\.json/,
  ],
  [
    'the settings are of something else',
    'piper',
    (copy) => write(copy, settings, '{"d_model":3}'),
    'InvalidFormat',
    /audio/,
  ],
  [
    'the settings name no phonemes',
    'piper',
    (copy) => setJson(copy, settings, { phoneme_id_map: {} }),
    'InvalidFormat',
    /phoneme_id_map/,
  ],
  ['the graph ends early', 'kokoro', (copy) => truncate(copy, 'model.onnx', 0.7), 'InvalidFormat', /model\.onnx/],
  ['the graph is a text', 'kokoro', (copy) => write(copy, 'model.onnx', '<html>'), 'InvalidFormat', /model\.onnx/],
  [
    'the graph is of Piper',
    'kokoro',
    (copy) => copyFileSync(new URL('fixtures/speakers.onnx', import.meta.url), path.join(copy, 'model.onnx')),
    'InvalidFormat',
    /Kokoro/,
  ],
  [
    'no durations',
    'kokoro',
    (copy) => overwrite(copy, 'model.onnx', 'Round', 'Floor'),
    'InvalidFormat',
    /how long|Kokoro/,
  ],
  ['the graph is gone', 'kokoro', (copy) => rmSync(path.join(copy, 'model.onnx')), 'NotFound', /no \.onnx file/],
  [
    'the vocabulary is no map',
    'kokoro',
    (copy) => write(copy, 'config.json', '{"vocab":{"a":"b"}}'),
    'InvalidFormat',
    /config\.json/,
  ],
  ['config.json is no JSON', 'kokoro', (copy) => write(copy, 'config.json', '{'), 'InvalidFormat', /config\.json/],
];

describe('opening a damaged model', () => {
  it.each(damages)('%s (%s)', async (_, model, spoil, code, message) => {
    const copy = copyStandIn(model, folder);
    spoil(copy);
    await expect(openStandIn(copy, folder)).rejects.toMatchObject({
      code: expect.stringContaining(code),
      message: expect.stringMatching(message),
    });
  });

  it('Kokoro without voices: says what is missing', async () => {
    const copy = copyStandIn('kokoro', folder);
    rmSync(path.join(copy, 'voices'), { recursive: true });
    await expect(openStandIn(copy, folder)).rejects.toMatchObject({
      code: expect.stringMatching('NotFound|Unsupported'),
      message: expect.stringContaining('voices/*.bin'),
    });
  });

  it('a folder of several voices: says which there are', async () => {
    const copy = copyStandIn('piper', folder);
    for (const ending of ['onnx', 'onnx.json']) {
      copyFileSync(path.join(copy, `voice.${ending}`), path.join(copy, `other.${ending}`));
    }
    await expect(openStandIn(copy, folder)).rejects.toMatchObject({
      code: 'RequestValidation',
      message: expect.stringMatching(/other\.onnx, voice\.onnx|voice\.onnx, other\.onnx/),
    });
    const named = await openStandIn(path.join(copy, 'other.onnx'), folder);
    expect(await named.voices()).toMatchObject([{ id: 'other' }]);
    await named.shutdown();
  });

  it('a folder of something else: says what a voice is', async () => {
    const copy = path.join(folder, 'something else');
    mkdirSync(copy);
    write(copy, 'model.safetensors', 'x');
    await expect(openStandIn(copy, folder)).rejects.toMatchObject({ code: 'Unsupported' });
  });

  it('a folder that is not there', async () => {
    await expect(openStandIn(path.join(folder, 'nowhere'), folder)).rejects.toMatchObject({ code: 'NotFound' });
  });

  it('leaves nothing behind: mended, it opens', async () => {
    const copy = copyStandIn('piper', folder);
    const graph = readFileSync(path.join(copy, 'voice.onnx'));
    truncate(copy, 'voice.onnx', 0.5);
    await expect(openStandIn(copy, folder)).rejects.toMatchObject({ code: 'InvalidFormat' });
    write(copy, 'voice.onnx', graph);
    const engine = await openStandIn(copy, folder);
    await engine.shutdown();
  });
});

describe('damaged voices of a Kokoro model, which open when they are asked for', () => {
  const styles = 12 * 256 * 4;

  it.each<[string, Uint8Array, RegExp]>([
    ['of a wrong size', new Uint8Array(styles - 4), /bm_two\.bin.* bytes/],
    ['empty', new Uint8Array(0), /bm_two\.bin.* 0 bytes/],
    ['with NaN', new Uint8Array(styles).fill(0xff), /bm_two\.bin.*not finite/],
  ])('%s: an error; the others speak', async (_, content, message) => {
    const copy = copyStandIn('kokoro', folder);
    write(copy, 'voices/bm_two.bin', content);
    const engine = await openStandIn(copy, folder);
    for (const voice of ['bm_two', 'af_one+bm_two']) {
      await expect(spoken(engine.synthesizeStream('Hello.', { voice }))).rejects.toMatchObject({
        code: 'InvalidFormat',
        message: expect.stringMatching(message),
      });
    }
    expect((await spoken(engine.synthesizeStream('Hello.'))).samples.length).toBeGreaterThan(0);
    await engine.shutdown();
  });
});

describe('a model that computes nonsense', () => {
  it('with ids that the graph lacks: an error when it speaks, and health tells', async () => {
    const copy = copyStandIn('piper', folder);
    const { phoneme_id_map: ids } = JSON.parse(readFileSync(path.join(copy, settings), 'utf8'));
    setJson(copy, settings, { phoneme_id_map: { ...ids, q: [5000] } });
    const engine = await openStandIn(copy, folder);
    await expect(spoken(engine.synthesizeStream('A quick one.'))).rejects.toSatisfy(FerrumError.isInstance);
    expect((await engine.healthCheck()).status).not.toBe('healthy');
    expect((await spoken(engine.synthesizeStream('Another one.'))).samples.length).toBeGreaterThan(0);
    expect((await engine.healthCheck()).status).toBe('healthy');
    await engine.shutdown();
  });

  it('with NaN for weights: an error, not noise', async () => {
    const copy = copyStandIn('kokoro', folder);
    const file = path.join(copy, 'model.onnx');
    const bytes = readFileSync(file);
    // The weights of the style are the last but one of the large constants: 4,096 bytes of float32.
    const marker = Buffer.from([0x4a, 0x80, 0x20]);
    let at = bytes.indexOf(marker);
    expect(at).toBeGreaterThan(0);
    at += marker.length;
    bytes.fill(0xff, at, at + 4096);
    writeFileSync(file, bytes);
    const engine = await openStandIn(copy, folder);
    await expect(spoken(engine.synthesizeStream('Hello.'))).rejects.toMatchObject({
      code: 'Backend',
      message: expect.stringContaining('damaged'),
    });
    await engine.shutdown();
  });
});

describe('listing voices without opening the model', () => {
  it('needs its settings alone', async () => {
    const copy = copyStandIn('speakers', folder);
    truncate(copy, 'voice.onnx', 0);
    const store = createModelStore({ home: path.join(folder, 'listing') });
    expect((await listVoices(await store.pull(copy))).map(({ id }) => id)).toEqual(['anna', 'ben', 'carla']);
  });
});
