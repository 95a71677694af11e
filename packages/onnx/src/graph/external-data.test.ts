import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OnnxRuntime } from '../runtime/onnx-runtime.js';
import { Tensor } from '../tensor/tensor.js';
import { decodeModel } from './decode-model.js';
import { ExternalDataWriter } from './external-data.js';
import { GraphBuilder } from './graph-builder.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ferrum-external-data-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  // One buffer for all pieces, as a reader of a large file would do.
  const buffer = new Uint8Array(size);
  for (let offset = 0; offset < bytes.length; offset += size) {
    const part = bytes.subarray(offset, offset + size);
    buffer.set(part);
    yield buffer.subarray(0, part.length);
  }
}

describe('ExternalDataWriter', () => {
  it('returns every blob unchanged, aligned by its size, whole or in pieces', async () => {
    const blob = fc.record({
      length: fc.constantFrom(0, 1, 63, 64, 4095, 4096, 4097, 9000),
      pieceSize: fc.integer({ min: 0, max: 5000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(blob, { minLength: 1, maxLength: 5 }), async (blobs) => {
        const path = join(directory, 'random.bin');
        const contents = blobs.map(({ length }, index) =>
          Uint8Array.from({ length }, (_, at) => (at * 7 + index + 1) % 256),
        );
        const writer = await ExternalDataWriter.create(path);
        // Not awaited one by one: the writer keeps the order.
        const added = await Promise.all(
          contents.map((bytes, index) =>
            writer.add(blobs[index]?.pieceSize ? pieces(bytes, blobs[index].pieceSize) : bytes),
          ),
        );
        await writer.close();
        const file = await readFile(path);
        let end = 0;
        for (const [index, { location, offset, byteLength }] of added.entries()) {
          expect(location).toBe('random.bin');
          expect(offset % (byteLength >= 4096 ? 4096 : 64)).toBe(0);
          expect(offset).toBeGreaterThanOrEqual(end);
          end = offset + byteLength;
          expect(Uint8Array.from(file.subarray(offset, end))).toEqual(contents[index]);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('takes typed arrays as their bytes', async () => {
    const path = join(directory, 'typed.bin');
    await using writer = await ExternalDataWriter.create(path);
    const { byteLength } = await writer.add(Float32Array.of(1, -2));
    expect(byteLength).toBe(8);
    const bytes = await readFile(path);
    expect([bytes.readFloatLE(0), bytes.readFloatLE(4)]).toEqual([1, -2]);
  });

  it('goes on after a stream that fails', async () => {
    await using writer = await ExternalDataWriter.create(join(directory, 'failing.bin'));
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(5000);
      throw new Error('torn');
    }
    await expect(writer.add(failing())).rejects.toThrow('torn');
    expect(await writer.add(new Uint8Array(4))).toMatchObject({ offset: 0, byteLength: 4 });
  });

  it.skipIf(!existsSync('/dev/full'))(
    'says how much did not fit on a full disk, and what to do (skipped without /dev/full)',
    async () => {
      await using writer = await ExternalDataWriter.create('/dev/full');
      const added = [writer.add(new Uint8Array(64)), writer.add(pieces(new Uint8Array(9000), 8192))];
      for (const [index, length] of [64, 8192].entries()) {
        await expect(added[index]).rejects.toMatchObject({
          code: 'ResourceExhausted',
          message: expect.stringMatching(
            new RegExp(`Cannot write ${length} bytes of weights at offset 0 of /dev/full: .*full.*FERRUM_HOME`),
          ),
          details: { path: '/dev/full', systemCode: 'ENOSPC' },
        });
      }
    },
  );

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'names a folder that it may not write (skipped as root and on Windows)',
    async () => {
      const locked = await mkdtemp(join(directory, 'locked-'));
      await chmod(locked, 0o500);
      await expect(ExternalDataWriter.create(join(locked, 'weights.bin'))).rejects.toMatchObject({
        code: 'PermissionDenied',
        message: expect.stringContaining(locked),
      });
    },
  );

  it('says which file cannot be written', async () => {
    const path = join(directory, 'missing', 'weights.bin');
    const error = await ExternalDataWriter.create(path).catch((cause: unknown) => cause);
    expect(FerrumError.isInstance(error) && error.code).toBe('IO');
    expect(String(error)).toContain(path);
    const writer = await ExternalDataWriter.create(join(directory, 'closed.bin'));
    await writer.close();
    await writer.close();
    await expect(writer.add(new Uint8Array(1))).rejects.toMatchObject({ code: 'InvalidParameter' });
  });
});

describe('external initializers', () => {
  it('ONNX Runtime computes with one file of weights behind two graphs', async () => {
    const writer = await ExternalDataWriter.create(join(directory, 'shared.bin'));
    await writer.add(new Uint8Array(5));
    const small = await writer.add(Float32Array.of(2, 3));
    const large = await writer.add(Float32Array.from({ length: 2048 }, (_, index) => index));
    await writer.close();
    const graphs = { Add: (v: number, i: number) => v + i, Mul: (v: number, i: number) => v * i };
    for (const [operator, compute] of Object.entries(graphs)) {
      const graph = new GraphBuilder({ name: operator });
      const x = graph.input('x', 'float32', ['rows', 1, 2]);
      const factors = graph.initializer('factors', 'float32', [2], small);
      const table = graph.initializer('table', 'float32', [1024, 2], large);
      graph.output('y', graph.node(operator, [graph.node('Mul', [x, factors]), table]));
      const path = join(directory, `${operator}.onnx`);
      await writeFile(path, graph.build());
      const session = await OnnxRuntime.load().openSession(path);
      const { y } = await session.run({ x: Tensor.from('float32', [1, 1, 2], Float32Array.of(1, 10)) });
      await session.dispose();
      const expected = Float32Array.from({ length: 2048 }, (_, i) => compute(i % 2 ? 30 : 2, i));
      expect(y?.data).toEqual(expected);
    }
  });

  it('two graphs refer to one blob, at offsets past 4 GiB too', () => {
    const weights = { location: 'weights.bin', offset: 5 * 2 ** 30, byteLength: 16 };
    const models = ['prefill', 'decode'].map((name) => {
      const graph = new GraphBuilder({ name });
      const weight = graph.initializer('weight', 'float32', [2, 2], weights);
      graph.output('y', graph.node('MatMul', [graph.input('x', 'float32', ['rows', 2]), weight]));
      return decodeModel(graph.build());
    });
    for (const { graph } of models) {
      expect(graph.initializers).toEqual([
        { name: 'weight', type: 'float32', shape: [2, 2], data: { kind: 'external', reference: weights } },
      ]);
    }
  });

  it.each([
    [{ location: '../weights.bin', offset: 0, byteLength: 16 }, /"\.\.\/weights\.bin"; expected a path below/],
    [{ location: '/weights.bin', offset: 0, byteLength: 16 }, /expected a path below/],
    [{ location: 'weights.bin', offset: -1, byteLength: 16 }, /offset -1/],
    [{ location: 'weights.bin', offset: 0, byteLength: 15 }, /needs 16 bytes, not 15/],
  ])('refuses %j', (reference, message) => {
    const graph = new GraphBuilder({ name: 'g' });
    expect(() => graph.initializer('weight', 'float32', [2, 2], reference)).toThrow(message);
  });
});
