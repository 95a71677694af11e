import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readModel } from '../graph/read-model.js';
import { Tensor } from '../tensor/tensor.js';
import { OnnxRuntime } from './onnx-runtime.js';
import type { SessionOptions } from './session-options.js';
import { ModelFolder } from './testing/model-folder.js';
import { addition } from './testing/models.js';
import { runScript } from './testing/run-script.js';

const runtime = OnnxRuntime.load();
const folder = new ModelFolder();
afterAll(() => folder.remove());
const model = folder.write(addition);

/** What ONNX Runtime itself logs about the options of a session. */
async function loggedOptions(options: SessionOptions): Promise<string> {
  const body = `const options = ${JSON.stringify({ ...options, logSeverity: 'info' })};
    await (await OnnxRuntime.load().openSession(process.argv[1], options)).dispose();`;
  const { exitCode, errors } = await runScript(body, [model]);
  expect(exitCode, errors).toBe(0);
  return errors.split('\n').find((line) => line.includes('Session Options')) ?? errors;
}

describe('options reach ONNX Runtime', () => {
  it('the defaults', async () => {
    const logged = await loggedOptions({});
    expect(logged).toContain('execution_mode:0');
    expect(logged).toContain('enable_mem_pattern:0');
    expect(logged).toContain('enable_cpu_mem_arena:1');
    // Its own name for the highest.
    expect(logged).toContain('graph_optimization_level:4');
    expect(logged).toContain('session.intra_op.allow_spinning: 1');
    expect(logged).toContain('session.force_spinning_stop: 1');
  });

  it('all of them changed', async () => {
    const logged = await loggedOptions({
      intraOpThreads: 2,
      interOpThreads: 3,
      spinning: 'never',
      memoryPattern: true,
      memoryArena: false,
      graphOptimization: 'basic',
      config: { 'session.dynamic_block_base': '4' },
    });
    expect(logged).toMatch(/intra_op_param:OrtThreadPoolParams \{ thread_pool_size: 2 /);
    expect(logged).toMatch(/inter_op_param:OrtThreadPoolParams \{ thread_pool_size: 3 /);
    expect(logged).toContain('execution_mode:1');
    expect(logged).toContain('enable_mem_pattern:1');
    expect(logged).toContain('enable_cpu_mem_arena:0');
    expect(logged).toContain('graph_optimization_level:1');
    expect(logged).toContain('session.intra_op.allow_spinning: 0');
    expect(logged).toContain('session.inter_op.allow_spinning: 0');
    expect(logged).not.toContain('session.force_spinning_stop');
    expect(logged).toContain('session.dynamic_block_base: 4');
  });

  it('spinning always leaves the stop out', async () => {
    const logged = await loggedOptions({ spinning: 'always', graphOptimization: 'disabled' });
    expect(logged).toContain('session.intra_op.allow_spinning: 1');
    expect(logged).not.toContain('session.force_spinning_stop');
    expect(logged).toContain('graph_optimization_level:0');
  });

  it('freeDimensions fixes symbolic dimensions', async () => {
    const session = await runtime.openSession(model, { freeDimensions: { rows: 2 } });
    expect(session.inputs.get('x')?.dims).toEqual([2, 3]);
    const x = Tensor.allocate('float32', [1, 3]);
    await expect(session.run({ x, y: x })).rejects.toThrow(/the shape \[1, 3\], expected \[2, 3\]/);
    await session.dispose();
  });

  it('optimizedModelPath writes the graph as it was optimised', async () => {
    const path = folder.write({
      ...addition,
      nodes: [
        { type: 'Identity', inputs: ['x'], outputs: ['same'] },
        { type: 'Add', inputs: ['same', 'y'], outputs: ['z'] },
      ],
    });
    const optimizedModelPath = join(folder.path, 'optimised-größe.onnx');
    await (await runtime.openSession(path, { optimizedModelPath })).dispose();
    expect(existsSync(optimizedModelPath)).toBe(true);
    const { graph } = await readModel(optimizedModelPath);
    expect(graph.nodes.map((node) => node.operator)).toEqual(['Add']);
  });

  it('the CPU may be named as a provider', async () => {
    const session = await runtime.openSession(model, { providers: [{ name: 'CPUExecutionProvider' }] });
    await session.dispose();
  });
});

describe('what the library lacks', () => {
  it('a provider it was not built with is Unsupported, and the message lists those it has', async () => {
    await expect(runtime.openSession(model, { providers: [{ name: 'QNN' }] })).rejects.toMatchObject({
      code: 'Unsupported',
      message: expect.stringMatching(/no "QNN"; it has .*CPUExecutionProvider/),
    });
  });

  const nvidia = ['CUDAExecutionProvider', 'TensorrtExecutionProvider'].filter((name) =>
    runtime.providers.includes(name),
  );
  it.skipIf(nvidia.length === 0)(
    'a provider whose own library is missing says which (skipped where none is built in)',
    async () => {
      for (const name of nvidia) {
        const opened = runtime.openSession(model, { providers: [{ name, options: { device_id: '0' } }] });
        await expect(opened).rejects.toMatchObject({
          code: 'Backend',
          message: expect.stringMatching(new RegExp(`Cannot use ${name}: .*onnxruntime_providers_shared`)),
        });
      }
    },
  );
});

describe('a wrong option is InvalidParameter and named', () => {
  it.each<[string, unknown]>([
    ['intraOpThreads', 0],
    ['intraOpThreads', 1.5],
    ['interOpThreads', '2'],
    ['spinning', 'sometimes'],
    ['graphOptimization', 'most'],
    ['graphOptimization', 'toString'],
    ['logSeverity', 3],
    ['freeDimensions', { rows: -1 }],
    ['freeDimensions', { 'ro\0ws': 1 }],
    ['config', { 'session.x': 1 }],
    ['config', { 'session.x': 'a\0b' }],
    ['optimizedModelPath', 'a\0b'],
  ])('%s: %j', async (option, value) => {
    await expect(runtime.openSession(model, { [option]: value })).rejects.toMatchObject({
      code: 'InvalidParameter',
      message: expect.stringContaining(`The session option ${option}`),
    });
  });
});

it('a failed run prints nothing: the error says it all', async () => {
  const body = `
    const session = await OnnxRuntime.load().openSession(process.argv[1]);
    const tensor = (rows) => Tensor.allocate('float32', [rows, 3]);
    await session.run({ x: tensor(1), y: tensor(1) }, { z: tensor(2) }).catch((error) => console.log(error.code));`;
  expect(await runScript(body, [model])).toMatchObject({ exitCode: 0, output: 'InvalidParameter\n', errors: '' });
});
