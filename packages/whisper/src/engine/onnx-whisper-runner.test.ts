import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenRunner, openRunner } from '../testing/open-runner.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import {
  copyTinyModel,
  type ExpectedRun,
  everyRow,
  expectedOf,
  floats,
  largestDifference,
  melOf,
} from '../testing/tiny-models.js';

const folder = temporaryFolder();

/** Largest differences to transformers; weights in 8 bits move values whose standard deviation is about 1 (logits: 3). */
const tolerances = {
  float32: { hidden: 1e-4, logits: 1e-4, attention: 1e-5 },
  int8: { hidden: 0.25, logits: 0.5, attention: 0.1 },
} as const;

for (const model of ['huggingface', 'ctranslate2'] as const) {
  for (const storage of ['float32', 'int8'] as const) {
    const { melBins, runs } = expectedOf(model);
    const tolerance = tolerances[storage];

    describe(`a ${model} model in ${storage}, against transformers`, () => {
      let open: OpenRunner;

      beforeAll(async () => {
        open = await openRunner(copyTinyModel(model, folder), folder, { storage });
      });
      afterAll(() => open.runner.dispose());

      it('hears audio the same', async () => {
        for (const { melSeed, hidden } of runs) {
          const found = await open.hidden(melOf(melSeed, melBins));
          const kept = everyRow(found, 4, open.config.hiddenSize);
          expect(largestDifference(kept, floats(hidden))).toBeLessThan(tolerance.hidden);
        }
      });

      it('reads prompts the same, in any window and row', async () => {
        for (const [index, run] of runs.entries()) {
          await open.runner.encode(melOf(run.melSeed, melBins), 3 - index);
          const wanted = run.tokens.flatMap((_, at) => (at % 4 === 0 ? [at] : []));
          const { tokens } = run;
          const output = await open.runner.prompt({ row: 5 + index, window: 3 - index, tokens, wanted });
          expectLogits(run, output.logits.slice());
        }
      });

      it('reads token by token the same, all sequences at once', async () => {
        for (const [window, { melSeed }] of runs.entries()) await open.runner.encode(melOf(melSeed, melBins), window);
        // Three of each, one token apart.
        const sequences = runs.flatMap((run, window) => [0, 1, 2].map((late) => ({ run, window, late })));
        const found = sequences.map((): Float32Array[] => []);
        for (const [row, { run, window, late }] of sequences.entries()) {
          const tokens = run.tokens.slice(0, 1 + late);
          const output = await open.runner.prompt({ row, window, tokens, wanted: tokens.map((_, at) => at) });
          for (let at = 0; at <= late; at++) found[row]?.push(rowOf(output.logits, at));
        }
        const steps = Math.min(...runs.map(({ tokens }) => tokens.length)) - 3;
        for (let step = 0; step < steps; step++) {
          const rows = sequences.map(({ run, window, late }) => {
            const position = 1 + late + step;
            return { token: run.tokens[position] as number, position, window };
          });
          const output = await open.runner.step(rows);
          for (const row of rows.keys()) found[row]?.push(rowOf(output.logits, row));
        }
        for (const [row, { run }] of sequences.entries()) {
          const logits = (found[row] ?? []).flatMap((values, at) => (at % 4 === 0 ? [...values] : []));
          expectLogits(run, Float32Array.from(logits));
        }
      });

      it('looks at the same places', async () => {
        for (const { melSeed, tokens, attention } of runs) {
          await open.runner.encode(melOf(melSeed, melBins), 0);
          const { probabilities, heads } = await open.runner.align({ row: 0, window: 0, tokens, wanted: [0] });
          expect(heads.map(({ layer }) => layer)).toEqual([0, 1, 1]);
          const kept = everyRow(probabilities, 3, open.config.audioPositions, tokens.length);
          expect(largestDifference(kept, floats(attention))).toBeLessThan(tolerance.attention);
        }
      });

      it('sums what comes before the timestamps', async () => {
        const { tokens } = open;
        await open.runner.encode(melOf(0, melBins), 0);
        const prompt = [tokens.startOfTranscript, 7];
        const { logits, textLogSums } = await open.runner.prompt({ row: 0, window: 0, tokens: prompt, wanted: [1] });
        const sum = logits.subarray(0, tokens.timestampBegin).reduce((total, logit) => total + Math.exp(logit), 0);
        expect(textLogSums[0]).toBeCloseTo(Math.log(sum), 4);
      });

      it('moves a window', async () => {
        const run = runs[1] as ExpectedRun;
        await open.runner.encode(melOf(run.melSeed, melBins), 3);
        await open.runner.encode(melOf(77, melBins), 1);
        await open.runner.copyWindow(3, 1);
        await open.runner.encode(melOf(78, melBins), 3);
        const wanted = run.tokens.flatMap((_, at) => (at % 4 === 0 ? [at] : []));
        const output = await open.runner.prompt({ row: 0, window: 1, tokens: run.tokens, wanted });
        expectLogits(run, output.logits);
      });

      function rowOf(logits: Float32Array, row: number): Float32Array {
        const { vocabularySize } = open.config;
        return logits.slice(row * vocabularySize, (row + 1) * vocabularySize);
      }

      /** @param logits after every 4th token; fewer than expected when the run ended before */
      function expectLogits({ logits }: ExpectedRun, found: Float32Array) {
        const { vocabularySize } = open.config;
        const kept = found.filter((_, at) => (at % vocabularySize) % 23 === 0);
        expect(largestDifference(kept, floats(logits).subarray(0, kept.length))).toBeLessThan(tolerance.logits);
      }
    });
  }
}
