// A folder in which blocks run as in a reader's application: the packages are installed in it, `npm` checks names instead of
// downloading, and files that the texts speak of are there.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { root } from '../run.mjs';

/** Models that only the Hugging Face hub has; small ones of the same kind take their place, so that nothing is downloaded. */
export const standIns = {
  'ms-marco-minilm:l6-v2': 'packages/embed/src/fixtures/bert-reranker',
  'clip:vit-base-patch32': 'packages/embed/src/fixtures/clip',
  'smolvlm:256m': 'packages/llm/src/vision/fixtures/smolvlm',
};

/** What applications of readers have beside Ferrum, and which package of the workspace has it too. */
const others = { openai: 'packages/server', vitest: '.', '@types/node': '.' };

/** @returns the folder, and the variables that commands in it run with */
export function makeScratch() {
  const folder = mkdtempSync(path.join(tmpdir(), 'ferrum-docs-'));
  const modules = path.join(folder, 'node_modules');
  for (const [name, { folder: source }] of publishedPackages()) link(source, path.join(modules, name));
  for (const [name, home] of Object.entries(others)) {
    link(path.join(root, home, 'node_modules', name), path.join(modules, name));
  }
  const bin = path.join(folder, 'bin');
  const commands = {
    ferrum: 'ferrum-command.mjs',
    npm: 'package-manager.mjs',
    pnpm: 'package-manager.mjs',
    yarn: 'package-manager.mjs',
  };
  mkdirSync(bin);
  for (const [name, script] of Object.entries(commands)) {
    const file = path.join(bin, name);
    writeFileSync(
      file,
      `#!/bin/sh\nexec "${process.execPath}" "${path.join(import.meta.dirname, script)}" ${name} "$@"\n`,
    );
    chmodSync(file, 0o755);
  }
  const env = {
    ...process.env,
    PATH: `${bin}${path.delimiter}${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}`,
    FERRUM_HOME: makeHome(folder),
    FERRUM_PLUGINS: '',
    NO_COLOR: '1',
  };
  delete env.FORCE_COLOR;
  return { folder, env };
}

/** Names of the packages that are published, with their folder. */
export function publishedPackages() {
  const folders = ['packages', 'plugins'].flatMap((parent) =>
    readdirSync(path.join(root, parent)).map((name) => path.join(root, parent, name)),
  );
  const named = folders
    .filter((folder) => existsSync(path.join(folder, 'package.json')))
    .map((folder) => ({ folder, ...JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) }))
    .filter((manifest) => !manifest.private);
  return new Map(named.map(({ folder, name, version }) => [name, { folder, version }]));
}

/** The user's models and graphs, but plugins and what else a command may change are the folder's own. */
export function makeHome(folder) {
  const cache =
    process.env.FERRUM_HOME || path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'ferrum');
  const home = path.join(folder, 'ferrum');
  for (const part of ['models', 'graphs', 'locks']) {
    mkdirSync(path.join(cache, part), { recursive: true });
    link(path.join(cache, part), path.join(home, part));
  }
  return home;
}

export function link(target, file) {
  mkdirSync(path.dirname(file), { recursive: true });
  symlinkSync(target, file, 'junction');
}
