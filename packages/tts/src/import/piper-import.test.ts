import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { decodeModel, type OnnxModel } from '@ferrum/onnx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operatorsOf } from '../testing/graph-fixtures.js';
import { copyStandIn, expected, thinnedDifference } from '../testing/stand-in-voices.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import type { GaussianNoise } from '../voices/gaussian-noise.js';
import { PiperSessions } from '../voices/piper-sessions.js';
import { runImport } from './import-job.js';
import { importPiper } from './piper-import.js';

const folder = temporaryFolder();

/** Not random: the n-th value of each tensor is sin(factor · n). */
function waves(factor: number): GaussianNoise {
  const fill = (target: Float32Array) => {
    for (let index = 0; index < target.length; index += 1) target[index] = Math.sin(factor * index);
    return target;
  };
  return { fill } as unknown as GaussianNoise;
}

describe.each(['piper', 'speakers'] as const)('the halves of a voice (%s)', (voice) => {
  describe.each([1, 2, 8])('in %i windows', (windows) => {
    let sessions: PiperSessions;
    beforeAll(async () => {
      const directory = await mkdtemp(path.join(folder, 'halves-'));
      const location = path.join(copyStandIn(voice, folder), 'voice.onnx');
      await runImport({ architecture: 'piper', location, arithmetic: 'float32', windows, directory }, () => {});
      sessions = await PiperSessions.open(directory, 1, undefined);
    });
    afterAll(() => sessions.dispose());

    it.each(expected[voice])('say what the whole says: $text ($scales, speaker $speaker)', async (run) => {
      const [noiseScale, lengthScale, durationNoiseScale] = run.scales;
      const { samples, durations } = await sessions.run({
        ids: run.ids,
        speaker: run.speaker,
        ...{ noiseScale, lengthScale, durationNoiseScale },
        noise: run.noise === null ? undefined : waves(run.noise),
        signal: undefined,
      });
      expect(samples).toHaveLength(run.length);
      expect(thinnedDifference(samples, 7, run.every7th)).toBeLessThan(1e-4);
      expect(durations).toHaveLength(run.ids.length);
      expect(64 * durations.reduce((sum, frames) => sum + frames, 0)).toBe(run.length);
    });
  });
});

describe('a graph that is no Piper voice', () => {
  const read = (name: string): OnnxModel =>
    decodeModel(readFileSync(new URL(`../fixtures/${name}.onnx`, import.meta.url)), name);
  const without = (model: OnnxModel, operator: string): OnnxModel => ({
    ...model,
    graph: {
      ...model.graph,
      nodes: model.graph.nodes.map((node) => (node.operator === operator ? { ...node, operator: 'Identity' } : node)),
    },
  });

  it.each([
    ['that predicts no durations', () => without(read('piper'), 'Ceil'), 'durations'],
    ['that draws no noise', () => without(read('piper'), 'RandomNormalLike'), 'noise in 0 places'],
    ['without scales', () => read('kokoro'), 'scales'],
  ])('%s is refused', (_, model, message) => {
    expect(() => importPiper(model(), 1)).toThrow(
      expect.objectContaining({ code: 'InvalidFormat', message: expect.stringContaining(message) }),
    );
  });

  it('has no noise left in either half of a good one', () => {
    const { encoder, decoder } = importPiper(read('speakers'), 2);
    const infos = new Map(encoder.graph.outputs.map((info) => [info.name, info]));
    for (const half of [encoder, decoder(infos)]) expect(operatorsOf(half)).not.toContain('RandomNormalLike');
  });
});
