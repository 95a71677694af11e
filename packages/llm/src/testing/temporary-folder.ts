import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';

/** A folder that is gone after the test file. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'ferrum-llm-')));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** @returns makes one folder after the other, all gone after the test file. */
export function temporaryFolders(): () => string {
  const folder = temporaryFolder();
  let count = 0;
  return () => {
    count += 1;
    const directory = path.join(folder, String(count));
    mkdirSync(directory);
    return directory;
  };
}
