import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ExternalDataWriter } from '../graph/external-data.js';
import { GraphBuilder } from '../graph/graph-builder.js';
import { Tensor } from '../tensor/tensor.js';
import { OnnxRuntime } from './onnx-runtime.js';
import { pageOutMappedFiles } from './page-out.js';

/** Not the system's temporary folder: files in memory have nowhere to go. */
const onDisk = fileURLToPath(new URL('../../node_modules/', import.meta.url));

/** Resident bytes of the mappings of a file in this process. */
async function residentBytes(file: string): Promise<number> {
  let isOfFile = false;
  let bytes = 0;
  for (const line of (await readFile('/proc/self/smaps', 'utf8')).split('\n')) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) isOfFile = line.endsWith(file);
    const resident = /^Rss: +(\d+) kB/.exec(line);
    if (isOfFile && resident) bytes += Number(resident[1]) * 1024;
  }
  return bytes;
}

it.runIf(process.platform === 'linux')(
  'lets go of the pages of mapped weights, which are read again when needed',
  async () => {
    const folder = await realpath(await mkdtemp(path.join(onDisk, 'ferrum page out ')));
    try {
      const [rows, columns] = [4096, 512];
      const weights = path.join(folder, 'weights.bin');
      const writer = await ExternalDataWriter.create(weights);
      const table = await writer.add(Float32Array.from({ length: rows * columns }, (_, i) => i));
      await writer.close();
      const graph = new GraphBuilder({ name: 'lookup' });
      const ids = graph.input('ids', 'int64', ['count']);
      graph.output('y', graph.node('Gather', [graph.initializer('table', 'float32', [rows, columns], table), ids]));
      const model = path.join(folder, 'model.onnx');
      await writeFile(model, graph.build());

      const session = await OnnxRuntime.load().openSession(model);
      const every = Tensor.from(
        'int64',
        [rows],
        BigInt64Array.from({ length: rows }, (_, i) => BigInt(i)),
      );
      const sum = async () => ((await session.run({ ids: every })).y!.data as Float32Array).reduce((a, b) => a + b, 0);
      const before = await sum();
      expect(await residentBytes(weights)).toBeGreaterThan(4_000_000);
      await pageOutMappedFiles(model);
      expect(await residentBytes(weights)).toBeLessThan(1_000_000);
      expect(await sum()).toBe(before);
      await session.dispose();
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
