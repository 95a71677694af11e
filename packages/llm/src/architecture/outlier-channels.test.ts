import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { ExternalDataWriter } from '@ferrum/onnx';
import { describe, expect, it } from 'vitest';
import { memoryWeights } from '../testing/memory-weights.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { float32 } from '../testing/test-tensor.js';
import { tinyConfig, tinyTensors } from '../testing/tiny-decoder.js';
import { ggufNames } from '../weights/tensor-names.js';
import { WeightImporter } from '../weights/weight-importer.js';
import { importDecoderWeights } from './decoder-weights.js';
import { findOutlierChannels } from './outlier-channels.js';

const folder = temporaryFolder();

describe('findOutlierChannels', () => {
  it('finds the channels that a norm or a projection makes large, and leaves no graph behind', async () => {
    const gains = (...large: number[]) => Array.from({ length: 64 }, (_, i) => (large.includes(i) ? 50 : 1));
    // Row 17 of the up projection is a multiple of an ordinary one: channel 17 of the down projection's input is large.
    const up = Array.from({ length: 96 * 64 }, (_, i) => (Math.floor(i / 64) === 17 ? 90 : 1) * Math.sin(i * i));
    const tensors = {
      ...tinyTensors,
      'token_embd.weight': float32(
        [6, 64],
        Array.from({ length: 6 * 64 }, (_, i) => Math.sin(i * i + 1)),
      ),
      'blk.0.attn_norm.weight': float32([64], gains(9, 41)),
      'blk.0.ffn_norm.weight': float32([64], gains(3, 60)),
      'blk.0.ffn_gate.weight': float32(
        [96, 64],
        Array.from({ length: 96 * 64 }, (_, i) => Math.cos(i * i) / 16),
      ),
      'blk.0.ffn_up.weight': float32([96, 64], up),
    };
    const directory = path.join(folder, 'model');
    await mkdir(directory);
    await using writer = await ExternalDataWriter.create(path.join(directory, 'weights.bin'));
    const importer = new WeightImporter(memoryWeights(tensors), writer, 'float32', () => {});
    const weights = await importDecoderWeights(importer, writer, tinyConfig, ggufNames(), true);
    const [layer, ...rest] = await findOutlierChannels(directory, tinyConfig, weights);
    expect(rest).toEqual([]);
    expect(layer).toMatchObject({ queryKeyValue: [9, 41], gateUp: [3, 60] });
    expect(layer?.down).toContain(17);
    expect(await findOutlierChannels(directory, tinyConfig, weights)).toEqual([layer]);
    expect(await readdir(directory)).toEqual(['weights.bin']);
  });
});
