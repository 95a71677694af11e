import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('.', import.meta.url));

describe('importing the package', () => {
  const loaded = loadedFrom(join(root, 'index.ts'), new Set());

  it('loads the readers and tokenizers', () => {
    expect([...loaded]).toEqual(expect.arrayContaining([join(root, 'weights/gguf.ts'), '@huggingface/tokenizers']));
  });

  it.each([['tar'], ['yauzl'], ['proper-lockfile'], ['node:child_process']])(
    'does not load %s, which only downloads need: a process that answers would keep it in memory',
    (name) => {
      expect(loaded).not.toContain(name);
    },
  );
});

/** Files and packages that a file imports as values, statically, and so in turn. */
function loadedFrom(file: string, seen: Set<string>): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const statements = readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type )(?:[^'";]* from )?'([^']+)';/gm);
  for (const [, specifier = ''] of statements) {
    if (!specifier.startsWith('.')) seen.add(specifier);
    else loadedFrom(join(dirname(file), specifier.replace(/\.js$/, '.ts')), seen);
  }
  return seen;
}
