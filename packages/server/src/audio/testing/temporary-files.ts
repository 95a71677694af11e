import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, vi } from 'vitest';

export interface TemporaryFiles {
  /** Waits until no file lies in the folder. */
  (): Promise<void>;
  count(): number;
}

/** Gives the tests of a file a temporary folder of their own. */
export function temporaryFiles(): TemporaryFiles {
  const folder = mkdtempSync(path.join(tmpdir(), 'ferrum-audio-test-'));
  vi.stubEnv('TMPDIR', folder);
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });
  const files = () => readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  return Object.assign(() => vi.waitFor(() => expect(files()).toEqual([])), { count: () => files().length });
}
