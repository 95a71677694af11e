import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const builtPackage = new URL('../../dist/index.js', import.meta.url);

/** Another process can only run the built package. */
export const isBuilt = existsSync(fileURLToPath(builtPackage));

export interface Child {
  readonly process: ChildProcess;
  /** Resolves with the next line that starts with this word. */
  line(word: string): Promise<string>;
  /** Resolves when the process is gone. */
  readonly exit: Promise<void>;
}

/** Runs a script that finds the package as `models`. It speaks to the test with `console.log`. */
export function startChild(script: string): Child {
  const source = `import * as models from ${JSON.stringify(builtPackage.href)};\n${script}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  afterAll(() => {
    child.kill('SIGKILL');
  });
  const lines: string[] = [];
  const waiting: (() => void)[] = [];
  const wake = () => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  const exit = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    wake();
  });
  async function line(word: string): Promise<string> {
    for (;;) {
      const found = lines.find((candidate) => candidate.startsWith(word));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  }
  return { process: child, line, exit };
}
