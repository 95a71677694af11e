import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rejection } from '../testing/rejection.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { gguf, newStore, tinyGguf } from '../testing/test-store.js';

const folder = temporaryFolder();

describe('local paths', () => {
  it('reads a GGUF file where it is', async () => {
    const store = newStore(folder, {}, { offline: true });
    const model = await store.pull(tinyGguf);
    expect(model.manifest).toMatchObject({
      reference: tinyGguf,
      format: 'gguf',
      architecture: 'llama',
      path: tinyGguf,
    });
    expect(model.manifest.sizeBytes).toBe(gguf.length);
    expect(model.files).toEqual({ 'tiny.gguf': tinyGguf });
    expect(existsSync(store.home)).toBe(false);
  });

  it('reads a folder, and a file with what belongs to it', async () => {
    const directory = join(folder, 'local', 'model');
    mkdirSync(join(directory, '1_Pooling'), { recursive: true });
    writeFileSync(join(directory, 'config.json'), '{"model_type":"bert"}');
    writeFileSync(join(directory, 'model.safetensors'), 'x');
    writeFileSync(join(directory, '.hidden'), '');
    writeFileSync(join(directory, '1_Pooling', 'config.json'), '{}');
    const store = newStore(folder, {});
    const model = await store.pull(directory);
    expect(Object.keys(model.files)).toEqual(['1_Pooling/config.json', 'config.json', 'model.safetensors']);
    expect(model.manifest).toMatchObject({ format: 'safetensors', architecture: 'bert', path: directory });
    const file = await store.pull(join(directory, 'model.safetensors'));
    expect(Object.keys(file.files)).toEqual(['config.json', 'model.safetensors']);
    writeFileSync(join(directory, 'modules.json'), '[]');
    const withModules = await store.pull(join(directory, 'model.safetensors'));
    expect(Object.keys(withModules.files).sort()).toEqual([
      ...['1_Pooling/config.json', 'config.json', 'model.safetensors', 'modules.json'],
    ]);
    writeFileSync(join(directory, 'config.json'), '{"model_type":');
    expect((await rejection(store.inspect(directory))).code).toBe('InvalidFormat');
    writeFileSync(join(directory, 'config.json'), '{"model_type":7}');
    expect((await rejection(store.inspect(directory))).code).toBe('InvalidFormat');
  });

  it('takes a Piper voice out of a folder of many, with its settings and its card', async () => {
    const directory = join(folder, 'voices-of-piper');
    mkdirSync(directory);
    for (const name of ['a.onnx', 'b.onnx']) {
      writeFileSync(join(directory, name), 'graph');
      writeFileSync(join(directory, `${name}.json`), '{"phoneme_id_map":{}}');
    }
    writeFileSync(join(directory, 'MODEL_CARD'), 'License: MIT');
    writeFileSync(join(directory, 'notes.txt'), '');
    const store = newStore(folder, {});
    const model = await store.pull(join(directory, 'a.onnx'));
    expect(Object.keys(model.files).sort()).toEqual(['MODEL_CARD', 'a.onnx', 'a.onnx.json']);
    expect(model.manifest).toMatchObject({ architecture: 'piper', license: 'MIT', path: directory });
    const several = await rejection(store.pull(directory));
    expect([several.code, several.message]).toEqual(['RequestValidation', expect.stringContaining('a.onnx, b.onnx')]);
  });

  it('takes one of the graphs of a language model, whose configuration lies above', async () => {
    const directory = join(folder, 'community');
    mkdirSync(join(directory, 'onnx'), { recursive: true });
    writeFileSync(join(directory, 'config.json'), '{"model_type":"llama","architectures":["LlamaForCausalLM"]}');
    for (const name of ['model.onnx', 'model_q4.onnx']) writeFileSync(join(directory, 'onnx', name), '');
    const model = await newStore(folder, {}).pull(join(directory, 'onnx', 'model.onnx'));
    expect(Object.keys(model.files)).toEqual(['config.json', 'onnx/model.onnx']);
    expect(model.manifest).toMatchObject({ format: 'onnx', capabilities: ['text-generation'] });
  });

  it('takes one of the graphs of Kokoro, wherever its voices lie', async () => {
    const directory = join(folder, 'kokoro');
    for (const name of ['onnx', 'voices', 'samples']) mkdirSync(join(directory, name), { recursive: true });
    const voices = ['voices/af_heart.bin', 'voices/am_adam.bin'];
    for (const name of ['onnx/model.onnx', 'onnx/model_fp16.onnx', 'model.onnx', 'samples/x.bin', ...voices]) {
      writeFileSync(join(directory, name), 'x');
    }
    const store = newStore(folder, {});
    for (const graph of ['model.onnx', 'onnx/model_fp16.onnx']) {
      const model = await store.pull(join(directory, graph));
      expect(Object.keys(model.files).sort()).toEqual([graph, ...voices]);
      expect([model.directory, model.manifest.architecture]).toEqual([directory, 'kokoro']);
    }
  });

  it.skipIf(process.platform === 'win32')('passes over links that lead nowhere (not on Windows)', async () => {
    const directory = join(folder, 'links');
    mkdirSync(directory);
    writeFileSync(join(directory, 'model.safetensors'), 'x');
    symlinkSync('absent.json', join(directory, 'config.json'));
    symlinkSync('loop', join(directory, 'loop'));
    const model = await newStore(folder, {}).pull(directory);
    expect(Object.keys(model.files)).toEqual(['model.safetensors']);
    expect(model.manifest.sizeBytes).toBe(1);
  });

  it.skipIf(!existsSync('/proc/self'))('does not speak of writing when a folder is odd (needs /proc)', async () => {
    const outcome = await newStore(folder, {}).inspect('/proc').catch(String);
    expect(JSON.stringify(outcome)).not.toMatch(/write|FERRUM_HOME/);
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'says that a folder may not be read (not as root, not on Windows)',
    async () => {
      const directory = join(folder, 'unreadable');
      mkdirSync(join(directory, 'inner'), { recursive: true });
      chmodSync(directory, 0o000);
      for (const path of [directory, join(directory, 'inner')]) {
        const error = await rejection(newStore(folder, {}).pull(path));
        expect([error.code, error.message]).toEqual(['PermissionDenied', expect.stringContaining('may not be read')]);
        expect(error.message).not.toMatch(/write|FERRUM_HOME/);
      }
      chmodSync(directory, 0o700);
    },
  );

  it('says what is wrong with a path', async () => {
    const store = newStore(folder, {});
    expect((await rejection(store.inspect('./absent.gguf'))).code).toBe('NotFound');
    expect((await rejection(store.inspect('owner/name'))).message).toMatch(/write hf:owner\/name/);
    const damaged = join(folder, 'damaged.gguf');
    writeFileSync(damaged, gguf.subarray(0, 40));
    expect((await rejection(store.pull(damaged))).code).toBe('InvalidFormat');
    const several = join(folder, 'several');
    mkdirSync(several);
    expect((await rejection(store.pull(several))).code).toBe('NotFound');
    for (const name of ['a.gguf', 'b.gguf']) writeFileSync(join(several, name), gguf);
    expect((await rejection(store.pull(several))).message).toMatch(/a\.gguf, b\.gguf/);
  });
});
