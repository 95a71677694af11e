import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';

const packageFolder = new URL('../', import.meta.url);
const dist = new URL('dist/', packageFolder);

describe('the built package', () => {
  test('exports no value', async () => {
    expect(Object.keys(await import(new URL('index.js', dist).href))).toEqual([]);
  });

  test('has a JavaScript file for every source file, and none holds code', async () => {
    const built = await filesOf(dist, '.js');
    const sources = (await filesOf(new URL('src/', packageFolder), '.ts')).filter((file) => !file.endsWith('.test.ts'));
    expect(built).toEqual(expect.arrayContaining(sources.map((file) => file.replace(/\.ts$/, '.js'))));
    for (const file of built)
      expect(withoutComments(await readFile(new URL(file, dist), 'utf8')), file).toBe('export {};');
  });

  test('declares its types without a reference to other packages', async () => {
    for (const file of await filesOf(dist, '.d.ts')) {
      const text = await readFile(new URL(file, dist), 'utf8');
      // An example in a docstring may import: that is no reference.
      const code = text.replace(/\/\*\*[\s\S]*?\*\//g, '');
      expect(code, file).not.toMatch(/\/\/\/ <reference|(?:from|import\() ?['"][^.]/);
    }
  });

  test('depends on nothing', async () => {
    const manifest: unknown = JSON.parse(await readFile(new URL('package.json', packageFolder), 'utf8'));
    for (const field of ['dependencies', 'peerDependencies', 'optionalDependencies', 'bundledDependencies']) {
      expect(manifest).not.toHaveProperty(field);
    }
  });
});

test('index.ts exports every source file', async () => {
  const source = new URL('src/', packageFolder);
  const index = await readFile(new URL('index.ts', source), 'utf8');
  const exported = [...index.matchAll(/^export type \* from '\.\/(.+)\.js';$/gm)].map((match) => `${match[1]}.ts`);
  const others = (await filesOf(source, '.ts')).filter((file) => file !== 'index.ts' && !file.endsWith('.test.ts'));
  expect(exported.sort()).toEqual(others);
});

async function filesOf(folder: URL, ending: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true });
  return files
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith(ending))
    .sort();
}

/** Comments of the kinds that the compiler leaves. */
function withoutComments(code: string): string {
  return code.replaceAll(/\/\*[\s\S]*?\*\/|^\/\/.*$/gm, '').trim();
}
