import type { WhisperConfig } from '../architecture/whisper-config.js';
import type { DecoderOutput, WhisperRunner } from '../engine/whisper-runner.js';

/** Some number for a sequence that listens to a window. */
export function fingerprint(window: number, tokens: readonly number[]): number {
  let mixed = window + 1;
  for (const token of tokens) mixed = (Math.imul(mixed, 31) + token + 7) & 0xfffff;
  return mixed;
}

/**
 * Computes nothing, but keeps what would be in memory: the first logit that it gives for a sequence is the fingerprint of the tokens
 * that its row holds, and of what was heard in its window, whose first value says which one it is.
 */
export function recordingRunner(maxWindows: number, maxRows: number, fails: () => boolean = () => false) {
  const windows: number[] = [];
  const rows: number[][] = Array.from({ length: maxRows + 1 }, () => []);
  const config = { vocabularySize: 2 } as WhisperConfig;
  const wait = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    if (fails()) throw new Error('no more memory');
  };
  const output = (prints: readonly number[]): DecoderOutput => ({
    logits: Float32Array.from(prints.flatMap((print) => [print, 0])),
    textLogSums: new Float32Array(prints.length),
  });
  const runner: WhisperRunner = {
    config,
    maxWindows,
    maxRows,
    encode: async (mel, window) => {
      windows[window] = -1;
      await wait();
      windows[window] = mel[0] as number;
    },
    prompt: async ({ row, window, tokens, wanted }) => {
      await wait();
      rows[row] = [...tokens];
      return output(wanted.map((index) => fingerprint(windows[window] as number, tokens.slice(0, index + 1))));
    },
    align: () => Promise.reject(new Error('aligns nothing')),
    step: async (steps) => {
      await wait();
      return output(
        steps.map(({ token, position, window }, row) => {
          const held = rows[row] as number[];
          held[position] = token;
          return fingerprint(windows[window] as number, held.slice(0, position + 1));
        }),
      );
    },
    copyRow: (from, to, start, end) => {
      const target = rows[to] as number[];
      for (let at = start; at < end; at++) target[at] = rows[from]?.[at] ?? -1;
    },
    copyWindow: async (from, to) => {
      windows[to] = -1;
      await wait();
      windows[to] = windows[from] as number;
    },
    dispose: async () => {},
  };
  return runner;
}
