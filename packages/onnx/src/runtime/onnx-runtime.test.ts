import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { findBundledLibrary } from './library-path.js';
import { requireVersion } from './native-library.js';
import { OnnxRuntime } from './onnx-runtime.js';
import { ModelFolder } from './testing/model-folder.js';
import { addition } from './testing/models.js';
import { encodeModel } from './testing/onnx-model.js';
import { runScript } from './testing/run-script.js';

const require = createRequire(import.meta.url);
const folder = new ModelFolder();
afterAll(() => folder.remove());

describe('OnnxRuntime.load', () => {
  it('loads the library of onnxruntime-node, once', () => {
    const runtime = OnnxRuntime.load();
    const manifest = JSON.parse(readFileSync(require.resolve('onnxruntime-node/package.json'), 'utf8'));
    expect(runtime.version).toBe(manifest.version);
    expect(runtime.providers).toContain('CPUExecutionProvider');
    expect(OnnxRuntime.load()).toBe(runtime);
    expect(OnnxRuntime.load({ libraryPath: runtime.libraryPath })).toBe(runtime);
  });

  it('says that there is no library at a path', () => {
    expect(() => OnnxRuntime.load({ libraryPath: '/no/such/library.so' })).toThrow(
      expect.objectContaining({ code: 'NotFound', message: expect.stringContaining('/no/such/library.so') }),
    );
  });

  it('refuses a file that is no library', () => {
    const libraryPath = folder.writeBytes(Buffer.from('not a library'));
    expect(() => OnnxRuntime.load({ libraryPath })).toThrow(
      expect.objectContaining({ code: 'Backend', message: expect.stringContaining(libraryPath) }),
    );
  });

  it('refuses to run on the small stacks of a koffi that was used before', async () => {
    const koffi = pathToFileURL(require.resolve('koffi')).href;
    const library = findBundledLibrary();
    const body = `
      const { default: koffi } = await import(${JSON.stringify(koffi)});
      const library = koffi.load(${JSON.stringify(library)});
      library.func('void *OrtGetApiBase()')();
      try { OnnxRuntime.load(); } catch (error) { console.log(error.code, error.message); }`;
    const { exitCode, output } = await runScript(body);
    expect(exitCode).toBe(0);
    expect(output).toMatch(
      /^Config koffi has already loaded a library.*koffi\.config\(\{ async_stack_size: 4194304 \}\)/,
    );
  });

  it.each([
    ['1.19.2', false],
    ['0.99.0', false],
    ['nonsense', false],
    ['1.20.0', true],
    ['1.30.0-dev', true],
    ['2.0.0', true],
  ])('accepts version %s: %s', (version, accepted) => {
    const check = () => requireVersion(version, 'lib.so');
    if (accepted) expect(check).not.toThrow();
    else
      expect(check).toThrow(
        expect.objectContaining({ code: 'Backend', message: expect.stringContaining('1.20 or newer') }),
      );
  });
});

describe('openSession', () => {
  const runtime = OnnxRuntime.load();
  const bytes = encodeModel(addition);

  it('tells inputs and outputs in order, with fixed, symbolic and unknown dimensions', async () => {
    const session = await runtime.openSession(
      folder.write({
        inputs: [
          { name: 'tokens', type: 'int64', dims: ['batch', null] },
          { name: 'scale', type: 'float16', dims: [] },
          { name: 'mask', type: 'bool', dims: [2, 7] },
        ],
        outputs: [
          { name: 'größe', type: 'int64', dims: [2] },
          { name: 'same', type: 'float16', dims: [] },
          { name: 'flags', type: 'bool', dims: [2, 7] },
        ],
        nodes: [
          { type: 'Shape', inputs: ['tokens'], outputs: ['größe'] },
          { type: 'Identity', inputs: ['scale'], outputs: ['same'] },
          { type: 'Identity', inputs: ['mask'], outputs: ['flags'] },
        ],
      }),
    );
    expect([...session.inputs.values()]).toEqual([
      { name: 'tokens', type: 'int64', dims: ['batch', undefined] },
      { name: 'scale', type: 'float16', dims: [] },
      { name: 'mask', type: 'bool', dims: [2, 7] },
    ]);
    expect([...session.outputs.keys()]).toEqual(['größe', 'same', 'flags']);
    expect(session.outputs.get('größe')).toEqual({ name: 'größe', type: 'int64', dims: [2] });
    await session.dispose();
  });

  it.each([
    ['a missing file', () => '/no/such/model.onnx', 'NotFound'],
    ['a file below a file', () => `${folder.writeBytes(bytes)}/model.onnx`, 'NotFound'],
    ['a folder', () => folder.path, 'InvalidParameter'],
    ['a path with a NUL', () => 'model\0.onnx', 'InvalidParameter'],
    ['no path', () => undefined as never, 'InvalidParameter'],
    ['an empty file', () => folder.writeBytes(new Uint8Array()), 'InvalidFormat'],
    ['garbage', () => folder.writeBytes(Uint8Array.from({ length: 999 }, (_, i) => (i * 131) % 251)), 'InvalidFormat'],
    ['a truncated model', () => folder.writeBytes(bytes.subarray(0, bytes.length - 30)), 'InvalidFormat'],
  ])('refuses %s', async (_, path, code) => {
    await expect(runtime.openSession(path())).rejects.toMatchObject({ name: 'FerrumError', code });
  });

  it('passes on what ONNX Runtime says about a graph it cannot run', async () => {
    const path = folder.write({ ...addition, nodes: [{ type: 'NoSuchOperator', inputs: ['x', 'y'], outputs: ['z'] }] });
    await expect(runtime.openSession(path)).rejects.toMatchObject({
      name: 'FerrumError',
      message: expect.stringMatching(/Cannot open the model .*NoSuchOperator/s),
    });
  });

  it('refuses a model whose GroupQueryAttention drops its present outputs', async () => {
    const path = folder.write({
      inputs: [
        { name: 'query', type: 'float32', dims: [1, 1, 16] },
        { name: 'key', type: 'float32', dims: [1, 1, 16] },
        { name: 'value', type: 'float32', dims: [1, 1, 16] },
        { name: 'past_key', type: 'float32', dims: [1, 1, 8, 16] },
        { name: 'past_value', type: 'float32', dims: [1, 1, 8, 16] },
        { name: 'lengths', type: 'int32', dims: [1] },
        { name: 'total', type: 'int32', dims: [] },
      ],
      outputs: [{ name: 'attention', type: 'float32', dims: [1, 1, 16] }],
      nodes: [
        {
          type: 'GroupQueryAttention',
          domain: 'com.microsoft',
          integers: { num_heads: 1, kv_num_heads: 1 },
          inputs: ['query', 'key', 'value', 'past_key', 'past_value', 'lengths', 'total'],
          outputs: ['attention', 'present_key', 'present_value'],
        },
      ],
    });
    await expect(runtime.openSession(path)).rejects.toMatchObject({
      code: 'Unsupported',
      message: expect.stringMatching(/drops the present_key of/),
    });
  });
});
