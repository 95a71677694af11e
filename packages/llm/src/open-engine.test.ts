import { execFile } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { LocalModel, ModelStore, ProgressEvent, ProgressListener } from '@ferrum/interfaces';
import { createModelStore } from '@ferrum/models';
import { describe, expect, it } from 'vitest';
// The built package: importing a model runs in a worker thread, which needs JavaScript.
import { openEngine } from '../dist/index.js';
import { loadGgufFixture, loadHfFixture } from './fixtures/load-fixture.js';
import { ggufBytes } from './testing/gguf-bytes.js';
import { temporaryFolder } from './testing/temporary-folder.js';
import { float32 } from './testing/test-tensor.js';
import { tinyMetadata, tinyTensors, tinyTokenizer } from './testing/tiny-decoder.js';

const folder = temporaryFolder();
const fixture = loadGgufFixture('llama-f32');
let homes = 0;

interface Opening {
  readonly models?: ModelStore;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
}

/** A folder for what Ferrum keeps, used by no other test. */
function newHome(): string {
  homes += 1;
  return path.join(folder, `home ${homes}`);
}

function open(reference: string, { models = createModelStore({ home: newHome() }), options, ...rest }: Opening = {}) {
  const resolve = () => Promise.reject(new Error('nothing else is needed'));
  return openEngine({ model: { reference }, models, options: { threads: 1, ...options }, resolve, ...rest });
}

async function openingError(reference: string, opening: Opening = {}): Promise<unknown> {
  try {
    await (await open(reference, opening)).shutdown();
  } catch (error) {
    return error;
  }
  throw new Error('the model was opened');
}

/** A store whose model has these files, whatever it is called. */
function storeOf(files: LocalModel['files'], home = newHome()): ModelStore {
  const manifest = { reference: 'my-model' };
  return {
    id: 'test',
    cacheDirectory: home,
    inspect: async () => manifest,
    pull: async () => ({ manifest, directory: folder, files }),
  };
}

/** What the conversions of a store left. */
function conversions(home: string): string[] {
  const graphs = path.join(home, 'graphs');
  return existsSync(graphs) ? readdirSync(graphs) : [];
}

function save(name: string, bytes: Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

describe('the files of a model', () => {
  it('are named when several could be opened', async () => {
    const names = ['model-Q4_0.gguf', 'model-Q8_0.GGUF'];
    const models = storeOf(Object.fromEntries(names.map((name) => [name, fixture.location])));
    expect(await openingError('my-model', { models })).toMatchObject({
      code: 'Unsupported',
      message: expect.stringMatching(/my-model holds several GGUF files.*model-Q4_0\.gguf, model-Q8_0\.GGUF/),
      details: { files: names },
    });
  });

  it.each([
    [['config.json', 'model.npz'], 'config.json, model.npz'],
    [[], 'no files'],
  ])('are named when none can be opened: %j', async (names, listed) => {
    const models = storeOf(Object.fromEntries(names.map((name) => [name, path.join(folder, name)])));
    expect(await openingError('my-model', { models })).toMatchObject({
      code: 'Unsupported',
      message: expect.stringContaining(`neither a .gguf nor a .safetensors file (${listed})`),
    });
  });

  it.each([
    ['a folder', false],
    ['a file', true],
  ])('may be a GGUF in upper case, given as %s', async (_name, isFile) => {
    const directory = path.join(folder, isFile ? 'upper file' : 'upper folder');
    mkdirSync(directory);
    copyFileSync(fixture.location, path.join(directory, 'MODEL.GGUF'));
    const engine = await open(isFile ? path.join(directory, 'MODEL.GGUF') : directory);
    expect(engine.config().model.modelInfo).toMatchObject({ modelType: 'llama', vocabSize: 96 });
    await engine.shutdown();
  });

  it('may be safetensors in upper case', async () => {
    const directory = path.join(folder, 'upper tensors');
    cpSync(loadHfFixture('llama-gqa').location, directory, { recursive: true });
    renameSync(path.join(directory, 'model.safetensors'), path.join(directory, 'MODEL.SAFETENSORS'));
    const engine = await open(path.join(directory, 'MODEL.SAFETENSORS'), { options: { quantization: 'float32' } });
    const { prompt, greedy } = loadHfFixture('llama-gqa');
    const sampling = { temperature: 0, maxTokens: greedy.tokens.length };
    expect((await engine.infer({ prompt, raw: true, sampling })).tokens).toEqual(greedy.tokens);
    await engine.shutdown();
  });

  it.each([
    ['is missing', undefined, 'NotFound', /config\.json is missing/],
    ['is not JSON', '{"model_type":', 'InvalidFormat', /config\.json is not valid JSON/],
    ['is for another architecture', '{"model_type":"falcon"}', 'Unsupported', /"falcon"/],
    ['lacks a field', '{"model_type":"llama"}', 'InvalidFormat', /config\.json: field "vocab_size": is missing/],
  ])('are refused when the configuration of safetensors %s', async (name, config, code, message) => {
    const directory = path.join(folder, `config ${name}`);
    mkdirSync(directory);
    const tensors = path.join(directory, 'model.safetensors');
    copyFileSync(path.join(loadHfFixture('llama-gqa').location, 'model.safetensors'), tensors);
    if (config !== undefined) writeFileSync(path.join(directory, 'config.json'), config);
    const home = newHome();
    const models = storeOf({ 'model.safetensors': tensors }, home);
    expect(await openingError('my-model', { models })).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(conversions(home)).toEqual([]);
  });
});

describe('a model that cannot be converted', () => {
  it.each<[string, () => string, Readonly<Record<string, unknown>>, object]>([
    [
      'is truncated',
      () => save('truncated.gguf', readFileSync(fixture.location).subarray(0, 5000)),
      {},
      { code: 'InvalidFormat', details: { offset: expect.any(Number) } },
    ],
    [
      'would be rounded a second time',
      () => loadGgufFixture('llama-q4_1').location,
      { quantization: 'int4' },
      {
        code: 'Unsupported',
        message: expect.stringContaining('Q4_1'),
        details: { parameter: 'quantization', type: 'Q4_1' },
      },
    ],
    [
      'has a tensor of the wrong shape',
      () =>
        save(
          'shape.gguf',
          ggufBytes({ ...tinyMetadata, ...tinyTokenizer }, { ...tinyTensors, 'output.weight': float32([7, 64]) }),
        ),
      {},
      { code: 'InvalidFormat', message: expect.stringMatching(/"output\.weight" has shape \[7, 64\].*\[6, 64\]/) },
    ],
    [
      'has weights of another kind of model',
      () =>
        save(
          'extra.gguf',
          ggufBytes(
            { ...tinyMetadata, ...tinyTokenizer },
            { ...tinyTensors, 'blk.0.ffn_gate_inp.weight': float32([8, 64]) },
          ),
        ),
      {},
      { code: 'Unsupported', details: { tensors: ['blk.0.ffn_gate_inp.weight'] } },
    ],
  ])('because it %s leaves nothing behind', async (_name, prepare, options, error) => {
    const home = newHome();
    const file = prepare();
    const models = storeOf({ 'model.gguf': file }, home);
    expect(await openingError('my-model', { models, options })).toMatchObject({ name: 'FerrumError', ...error });
    expect(conversions(home)).toEqual([]);
  });
});

describe('the conversion', () => {
  it('is done once for each storage', async () => {
    const home = newHome();
    const phases = async (options: Readonly<Record<string, unknown>> = {}) => {
      const events: ProgressEvent[] = [];
      const models = createModelStore({ home });
      const onProgress = (event: ProgressEvent) => void events.push(event);
      await (await open(fixture.location, { models, options, onProgress })).shutdown();
      return [...new Set(events.map((event) => event.phase))];
    };
    expect(await phases()).toEqual(['convert', 'load']);
    expect(await phases()).toEqual(['load']);
    expect(await phases({ quantization: 'float32' })).toEqual(['convert', 'load']);
    expect(await phases({ contextLength: 32 })).toEqual(['load']);
    expect(conversions(home)).toHaveLength(2);
  });

  it('is done again when the file has changed', async () => {
    const models = createModelStore({ home: newHome() });
    const file = save('changing.gguf', readFileSync(fixture.location));
    const ask = async () => {
      const engine = await open(file, { models, options: { quantization: 'float32' } });
      const sampling = { temperature: 0, maxTokens: fixture.greedy.tokens.length };
      const { tokens } = await engine.infer({ prompt: fixture.prompt, raw: true, sampling });
      await engine.shutdown();
      return tokens;
    };
    expect(await ask()).toEqual(fixture.greedy.tokens);
    // The same model of other values; only the file says so.
    const other = loadGgufFixture('llama-q8_0');
    save('changing.gguf', readFileSync(other.location));
    const fresh = await open(other.location, { options: { quantization: 'float32' } });
    const sampling = { temperature: 0, maxTokens: fixture.greedy.tokens.length };
    const { tokens } = await fresh.infer({ prompt: fixture.prompt, raw: true, sampling });
    await fresh.shutdown();
    expect(await ask()).toEqual(tokens);
  });

  it('stops when it is cancelled, leaves nothing behind and can be done again', async () => {
    const home = newHome();
    const models = createModelStore({ home });
    const controller = new AbortController();
    const phases: string[] = [];
    const onProgress = ({ phase }: ProgressEvent): void => {
      phases.push(phase);
      controller.abort();
    };
    const error = await openingError(fixture.location, { models, signal: controller.signal, onProgress });
    expect(error).toMatchObject({ code: 'Cancelled' });
    expect(phases).toEqual(['convert']);
    expect(conversions(home)).toEqual([]);
    await (await open(fixture.location, { models })).shutdown();
    expect(conversions(home)).toHaveLength(1);
  });

  it('is kept when opening is cancelled after it', async () => {
    const home = newHome();
    const controller = new AbortController();
    const error = await openingError(fixture.location, {
      models: createModelStore({ home }),
      signal: controller.signal,
      onProgress: ({ phase }) => phase === 'load' && controller.abort(),
    });
    expect(error).toMatchObject({ code: 'Cancelled' });
    expect(conversions(home)).toHaveLength(1);
  });

  it('does not begin when the signal has fired before', async () => {
    const home = newHome();
    const models = createModelStore({ home });
    expect(await openingError(fixture.location, { models, signal: AbortSignal.abort() })).toMatchObject({
      code: 'Cancelled',
    });
    expect(conversions(home)).toEqual([]);
  });

  it('works in a program that was given on the command line', async () => {
    const built = new URL('../dist/index.js', import.meta.url).href;
    const request = {
      prompt: fixture.prompt,
      raw: true,
      sampling: { temperature: 0, maxTokens: fixture.greedy.tokens.length },
    };
    const program = `
      const { openEngine } = await import(${JSON.stringify(built)});
      const engine = await openEngine({
        model: { reference: ${JSON.stringify(fixture.location)} },
        options: { threads: 1, quantization: 'float32' },
      });
      const { tokens } = await engine.infer(${JSON.stringify(request)});
      await engine.shutdown();
      console.log(JSON.stringify(tokens));
    `;
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], {
      env: { ...process.env, FERRUM_HOME: newHome() },
    });
    expect(JSON.parse(stdout)).toEqual(fixture.greedy.tokens);
  });
});
