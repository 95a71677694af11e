// Installs one modality at a time from a registry of its own, as an application would: with npm, pnpm and yarn, without
// install scripts. Measures what came, looks for what must not come, and runs it, imported and required, on several Nodes.
// `--write` puts the measured sizes into README.md; without it they must be those. Without `--full`: npm and this Node only.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startLocalRegistry } from './installs/local-registry.mjs';
import { bytesOf, packagesIn } from './installs/measure.mjs';
import { modalities, program } from './installs/modalities.mjs';
import { pack } from './installs/pack.mjs';
import { quiet } from './installs/quiet.mjs';
import { comparedTable, writtenTable } from './installs/readme-table.mjs';
import { checkThirdPartyPlugin } from './installs/third-party.mjs';
import { checkTwoCopies } from './installs/two-copies.mjs';
import { root } from './run.mjs';

const { values: flags } = parseArgs({
  options: { write: { type: 'boolean' }, full: { type: 'boolean' }, tarballs: { type: 'string' } },
});

/** What a modality may weigh beside onnxruntime-node. */
const mostBytes = 40e6;
/** Beside the one that runs this. */
const otherNodes = flags.full ? ['node@22', 'node@24'] : [];
const managers = flags.full ? ['pnpm', 'yarn-1', 'yarn-4'] : [];

const directory = await mkdtemp(path.join(tmpdir(), 'ferrum-installs-'));
const registryFolder = path.join(directory, 'registry');
await mkdir(registryFolder);
const registry = await startLocalRegistry(registryFolder);
try {
  const tarballs = await pack(path.resolve(flags.tarballs ?? path.join(directory, 'tarballs')));
  await registry.publish(tarballs);

  const rows = [];
  for (const modality of modalities) {
    const folder = await install('npm', [modality]);
    rows.push(measured(modality, folder));
    for (const node of [undefined, ...otherNodes]) await runs(modality, folder, node);
  }
  for (const manager of managers) {
    const folder = await install(manager, modalities);
    for (const modality of modalities) await runs(modality, folder);
  }
  console.table(rows);
  const readme = path.join(root, 'README.md');
  const text = await readFile(readme, 'utf8');
  if (flags.write) await writeFile(readme, writtenTable(text, rows));
  else comparedTable(text, rows);

  await checkThirdPartyPlugin({ directory, registry });
  await checkTwoCopies({ directory, registry, tarballs });
} finally {
  await registry.stop();
  await rm(directory, { recursive: true, maxRetries: 3 });
}
console.log('Each modality installs alone, and runs; so does a plugin of somebody else.');

/** @returns the folder of an application that has installed the modalities */
async function install(manager, wantedModalities) {
  const names = wantedModalities.map(({ name }) => name);
  const folder = path.join(directory, `${manager}-${names.join('-')}`);
  await mkdir(folder);
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ name: 'app', private: true }));
  await writeFile(path.join(folder, '.npmrc'), registry.npmrc);
  for (const modality of wantedModalities) {
    await writeFile(path.join(folder, `${modality.name}.mjs`), program(modality, { module: true }));
    await writeFile(path.join(folder, `${modality.name}.cjs`), program(modality, { module: false }));
  }
  const inFolder = { cwd: folder };
  const wanted = names.map((name) => `@ferrum/${name}`);
  // All but npm let an application import only what it has named.
  if (manager !== 'npm') wanted.push('@ferrum/registry');
  switch (manager) {
    case 'npm':
      await quiet('npm', ['install', ...wanted, '--ignore-scripts', '--no-audit', '--no-fund'], inFolder);
      break;
    case 'pnpm':
      await quiet('npx', ['--yes', 'pnpm@12', 'add', '--ignore-scripts', ...wanted], inFolder);
      break;
    case 'yarn-1':
      await quiet('npx', ['--yes', 'yarn@1', 'add', '--ignore-scripts', '--no-progress', ...wanted], inFolder);
      break;
    case 'yarn-4': {
      const settings = [
        'nodeLinker: node-modules',
        'enableScripts: false',
        'enableTelemetry: false',
        'enableImmutableInstalls: false',
        // These were published a moment ago.
        "npmPreapprovedPackages: ['@ferrum/*']",
        `unsafeHttpWhitelist: ['127.0.0.1']`,
        `npmScopes: { ferrum: { npmRegistryServer: '${registry.url}' } }`,
        `npmRegistryServer: '${(await quiet('npm', ['config', 'get', 'registry'], inFolder)).trim()}'`,
      ];
      await writeFile(path.join(folder, '.yarnrc.yml'), `${settings.join('\n')}\n`);
      await writeFile(path.join(folder, 'yarn.lock'), '');
      const yarn = ['--yes', '--package=@yarnpkg/cli-dist@4', 'yarn', 'add', ...wanted];
      await quiet('npx', yarn, inFolder);
      break;
    }
    default:
      throw new Error(`How does ${manager} install?`);
  }
  return folder;
}

/** @returns the row of the table. @throws AssertionError when too much came, or what must not come */
function measured({ name, what, forbidden }, folder) {
  const nodeModules = path.join(folder, 'node_modules');
  const packages = packagesIn(nodeModules);
  const unwanted = packages.filter((each) => forbidden.some((pattern) => pattern.test(each.name)));
  assert.deepEqual(
    unwanted.map((each) => each.name),
    [],
    `@ferrum/${name} brings what it must not`,
  );
  const total = bytesOf(nodeModules);
  const runtime = bytesOf(path.join(nodeModules, 'onnxruntime-node'));
  const own = total - runtime;
  assert.ok(own <= mostBytes, `@ferrum/${name} weighs ${own} bytes beside onnxruntime-node, more than ${mostBytes}.`);
  return { name, what, megabytes: Math.round(total / 1e6), beside: Math.round(own / 1e6), packages: packages.length };
}

/** Runs the application, imported and required. @param node a package of npm's that is another version of Node */
async function runs({ name }, folder, node) {
  for (const file of [`${name}.mjs`, `${name}.cjs`]) {
    const [command, args] = node ? ['npx', ['--yes', `--package=${node}`, 'node', file]] : [process.execPath, [file]];
    await quiet(command, args, { cwd: folder });
  }
}
