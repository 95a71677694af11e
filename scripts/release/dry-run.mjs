// npm run release:dry: everything that a release does but the publishing, in a copy. Versions, builds and packs the packages,
// checks what is packed, installs it in an empty folder with npm, uses it there, and says what would be published.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { exitCode, root } from '../run.mjs';
import { bundledLicenceFindings, licenceFindings } from './check-licences.mjs';
import { packageFindings } from './check-packed.mjs';
import { copyTree } from './copy-tree.mjs';
import { outsideFixedGroup } from './fixed-group.mjs';
import { entryPoints, publicPackages } from './packages.mjs';
import { stampRepository } from './stamp-repository.mjs';
import { tryPacked } from './try-packed.mjs';

/** The workflow stamps the real one. */
const repository = 'https://example.com/ferrum/ferrum';
/** llama.cpp built for graphics cards: hundreds of megabytes, left out of the installation, not of the licence check. */
const notInstalled = /^node_modules\/@node-llama-cpp\/.*-(?:cuda|cuda-ext|vulkan)$/;

const directory = mkdtempSync(path.join(tmpdir(), 'ferrum-release-'));
const [copy, tarballs, application] = ['copy', 'tarballs', 'application'].map((name) => path.join(directory, name));
const before = await gitStatus();
try {
  await release();
  const changed = (await gitStatus()) !== before;
  if (changed) throw new Error('The working tree changed in the meantime; a dry run must not, so look who did.');
} catch (error) {
  console.error(`\nrelease:dry failed: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true });
}

async function release() {
  await node(root, path.join('scripts', 'release', 'check-breaking.mjs'));

  step('Versions');
  copyTree(root, copy);
  await node(copy, path.join('node_modules', '@changesets', 'cli', 'bin.js'), 'version');
  stampRepository(copy, repository);
  const packages = publicPackages(copy).map((item) => ({ ...item, entryPoints: entryPoints(item) }));
  const version = theVersion(packages);
  console.log(`${packages.length} packages at ${version}.`);

  step('Build, and what the packages export');
  const cache = path.join(root, '.turbo', 'cache');
  await pnpm('exec', 'turbo', 'run', 'build', `--cache-dir=${cache}`, '--output-logs=errors-only');
  await node(copy, path.join('scripts', 'release', 'api.mjs'), '--check');

  step('Pack');
  mkdirSync(tarballs);
  const packed = await pack();

  step('Licences');
  mkdirSync(application);
  const dependencies = Object.fromEntries(packed.map(({ name, filename }) => [name, `file:${filename}`]));
  writeFileSync(path.join(application, 'package.json'), JSON.stringify({ name: 'app', private: true, dependencies }));
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--loglevel=error'];
  await command(application, 'npm', 'install', '--package-lock-only', ...quiet);
  const lockFile = path.join(application, 'package-lock.json');
  const lock = JSON.parse(readFileSync(lockFile, 'utf8'));
  report(licenceFindings(lock));
  console.log(`${Object.keys(lock.packages).length - 1} packages, on all platforms: licences as they should be.`);

  step('Install in an empty folder');
  // npm leaves out what is optional and for another system.
  for (const [location, entry] of Object.entries(lock.packages)) if (notInstalled.test(location)) entry.os = ['none'];
  writeFileSync(lockFile, JSON.stringify(lock));
  await command(application, 'npm', 'ci', ...quiet);

  step('What was packed: files, package.json, publint, attw');
  report(await contentFindings(packed, version));

  step('Use it: the example of README.md, plugins, import, require, the command');
  await tryPacked({
    application,
    readme: path.join(root, 'README.md'),
    packages,
    version,
    execute: (...args) => node(application, ...args),
    output: async (...args) => (await promisify(execFile)(process.execPath, args, { cwd: application })).stdout,
  });

  step('Would be published, with provenance, access public');
  for (const { name, size, files } of packed) {
    console.log(
      `${`${name}@${version}`.padEnd(34)} ${(size / 1024).toFixed(0).padStart(6)} KiB ${String(files.length).padStart(4)} files`,
    );
  }
}

/** @throws when a package is not released with the others, has another version, or no changelog of it */
function theVersion(packages) {
  const { fixed } = JSON.parse(readFileSync(path.join(copy, '.changeset', 'config.json'), 'utf8'));
  const names = packages.map(({ name }) => name);
  const alone = outsideFixedGroup(fixed, names);
  if (alone.length > 0) throw new Error(`Not in the fixed group of .changeset/config.json: ${alone.join(', ')}.`);
  const [{ manifest }] = packages;
  const { version } = manifest;
  const others = packages.filter((item) => item.manifest.version !== version);
  if (others.length > 0) throw new Error(`${others.map(({ name }) => name).join(', ')} are not at ${version}.`);
  const untold = packages.filter(({ folder }) => {
    const file = path.join(folder, 'CHANGELOG.md');
    return !existsSync(file) || !readFileSync(file, 'utf8').includes(`\n## ${version}\n`);
  });
  if (untold.length > 0) throw new Error(`No changelog of ${version}: ${untold.map(({ name }) => name).join(', ')}.`);
  return version;
}

/** @returns {Promise<{ name: string, filename: string, size: number, files: object[] }[]>} */
async function pack() {
  const filters = ['--filter', './packages/*', '--filter', './plugins/*'];
  const args = ['--yes', 'pnpm@12', '--recursive', ...filters, 'pack', '--json', '--pack-destination', tarballs];
  const options = { cwd: copy, maxBuffer: 2 ** 27, shell: process.platform === 'win32' };
  const { stdout } = await promisify(execFile)('npx', args, options);
  return JSON.parse(stdout);
}

async function contentFindings(packed, version) {
  const findings = [];
  for (const { name, filename } of packed) {
    const folder = path.join(application, 'node_modules', name);
    findings.push(...(await packageFindings({ folder, tarball: filename, version, repository })));
  }
  const page = path.join(application, 'node_modules', '@ferrum', 'server', 'dist', 'playground');
  if (!existsSync(path.join(page, 'index.html'))) return [...findings, '@ferrum/server lacks the page that it serves.'];
  return [...findings, ...bundledLicenceFindings(readFileSync(path.join(page, 'licenses.md'), 'utf8'))];
}

function step(title) {
  console.log(`\n— ${title}`);
}

function report(findings) {
  for (const finding of findings) console.error(finding);
  if (findings.length > 0) throw new Error(`${findings.length} findings, above.`);
}

async function gitStatus() {
  return (await promisify(execFile)('git', ['status', '--porcelain'], { cwd: root })).stdout;
}

function node(cwd, ...args) {
  return command(cwd, process.execPath, ...args);
}

function pnpm(...args) {
  return command(copy, 'npx', '--yes', 'pnpm@12', ...args);
}

async function command(cwd, name, ...args) {
  const code = await exitCode(name, args, { cwd });
  if (code !== 0) throw new Error(`${path.basename(name)} ${args[0]} ended with ${code}.`);
}
