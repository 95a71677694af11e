// Installs the packages as they would be published into an empty folder with npm, looks for output that has no source and
// for MIT packages that depend on one under the GPL, and runs the README's example there.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pnpm, root, run } from './run.mjs';

const directory = await mkdtemp(path.join(tmpdir(), 'ferrum-packed-'));
try {
  const filters = ['--filter', './packages/*', '--filter', './plugins/*'];
  await pnpm('--reporter=silent', '--recursive', ...filters, 'pack', '--pack-destination', directory);
  const tarballs = readdirSync(directory).filter((name) => name.endsWith('.tgz'));
  await writeFile(path.join(directory, 'package.json'), JSON.stringify({ name: 'app', private: true }));
  const inside = { cwd: directory };
  await run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...tarballs.map((name) => `./${name}`)],
    inside,
  );

  const scope = path.join(directory, 'node_modules', '@ferrum');
  if (!existsSync(path.join(scope, 'server', 'dist', 'playground', 'index.html'))) {
    throw new Error('@ferrum/server was packed without the page that it serves.');
  }
  const orphans = outputsWithoutSource(scope);
  if (orphans.length > 0) throw new Error(`Without a source: ${orphans.join(', ')}. Run "npm run build -- --force".`);
  requirePermissiveDependencies(scope);

  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  const [, example] = /## As a library\n+```ts\n([\s\S]*?)```/.exec(readme);
  await writeFile(path.join(directory, 'example.mjs'), example);
  await run(process.execPath, ['example.mjs'], inside);
  console.log();

  const discovered = `
    import { createHost, discoverPlugins } from '@ferrum/registry';
    const { plugins, failures } = await discoverPlugins({ from: process.cwd() });
    const names = plugins.map((plugin) => plugin.name);
    const own = ['@ferrum/llm', '@ferrum/embed', '@ferrum/whisper', '@ferrum/tts', '@ferrum/plugin-espeak'];
    if (failures.length > 0 || !own.every((name) => names.includes(name))) process.exit(1);
    const host = createHost({ plugins });
    const phonemizer = await host.resolve('phonemization', { model: 'espeak-ng' });
    if ((await phonemizer.phonemize('hello', 'en-US')).length !== 1) process.exit(1);
    await host.dispose();
  `;
  await run(process.execPath, ['--input-type=module', '--eval', discovered], inside);

  // The codes come from one copy of the registry, whether it is imported or required.
  const required = `
    const { FerrumError } = require('@ferrum/registry');
    const { plugin } = require('@ferrum/llm');
    require('@ferrum/embed');
    require('@ferrum/whisper');
    require('@ferrum/tts');
    require('@ferrum/server');
    require('@ferrum/plugin-espeak');
    if (plugin.name !== '@ferrum/llm' || !FerrumError.isInstance(new FerrumError('Config', 'x'))) process.exit(1);
  `;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || minor >= 19) await run(process.execPath, ['--eval', required], inside);
  await run(process.execPath, [path.join('node_modules', '.bin', 'ferrum'), '--version'], inside);
} finally {
  await rm(directory, { recursive: true });
}

/** Sources are published beside their output, so each module of a package's `dist` has its source in `src`. */
function outputsWithoutSource(scope) {
  return readdirSync(scope, { recursive: true }).filter((file) => {
    const [name, folder, ...rest] = file.split(path.sep);
    // The page is bundled, so its modules have no output of their own.
    if (folder !== 'dist' || rest[0] === 'playground' || !file.endsWith('.js')) return false;
    return !existsSync(path.join(scope, name, 'src', ...rest).replace(/\.js$/, '.ts'));
  });
}

/** @throws when a package that is MIT names one under the GPL in its package.json, as anything that npm would install */
function requirePermissiveDependencies(scope) {
  const manifests = readdirSync(scope).map((name) =>
    JSON.parse(readFileSync(path.join(scope, name, 'package.json'), 'utf8')),
  );
  const copyleft = manifests.filter(({ license }) => license !== 'MIT').map(({ name }) => name);
  if (copyleft.join() !== '@ferrum/plugin-espeak') {
    throw new Error(`Only @ferrum/plugin-espeak may have a licence other than MIT, not ${copyleft.join(', ')}.`);
  }
  for (const { name, license, dependencies, optionalDependencies, peerDependencies } of manifests) {
    if (license !== 'MIT') continue;
    const needed = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
    const found = needed.filter((dependency) => copyleft.includes(dependency) || /espeak/.test(dependency));
    if (found.length > 0) throw new Error(`${name} is MIT and must not depend on ${found.join(', ')}.`);
  }
}
