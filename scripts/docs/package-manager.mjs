// Stands for npm, pnpm and yarn in the blocks of the documentation: an installation is checked (are there such packages and
// such flags?) and made of links into the workspace. Other commands go to npm itself.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../run.mjs';
import { link, publishedPackages } from './scratch.mjs';

const flags = [
  ...[
    '--save-dev',
    '--save-prod',
    '--save-exact',
    '--global',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--omit=dev',
    '--omit=optional',
  ],
  ...['--install-links', '--offline', '--json', '--no-update-notifier', '--dry-run', '-y', '-D', '-g', '--'],
];
const valued = ['--prefix', '--loglevel', '--searchlimit'];
const [manager, ...words] = process.argv.slice(2);
const { command, names, folder, isGlobal } = read();

if (['install', 'i', 'add'].includes(command)) installAll();
else if (['uninstall', 'remove'].includes(command)) for (const name of names) uninstall(name);
else if (manager === 'npm' && command === 'search') search();
else if (manager === 'npm' && ['init', 'pkg', 'run', 'test', 'pack'].includes(command)) passOn();
else fail(`the check of the documentation knows no "${manager} ${command}"`);

function read() {
  const found = { names: [], folder: process.cwd(), isGlobal: words.includes('--global') || words.includes('-g') };
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (valued.includes(word)) {
      i++;
      if (word === '--prefix') found.folder = words[i];
    } else if (!word.startsWith('-')) {
      if (found.command === undefined) found.command = word;
      else found.names.push(word);
    } else if (!flags.includes(word)) {
      fail(`does ${manager} have the flag ${word}? scripts/docs/package-manager.mjs does not know it`);
    }
  }
  return found;
}

function installAll() {
  const wanted = names.length > 0 ? names : listed();
  const installed = wanted.map(install);
  const manifest = path.join(folder, 'package.json');
  if (names.length === 0 || isGlobal) return;
  if (!existsSync(manifest)) writeFileSync(manifest, '{}');
  changeDependencies((dependencies) => ({ ...dependencies, ...Object.fromEntries(installed) }));
}

/** @returns the entry of package.json */
function install(specifier) {
  const isFolder = path.isAbsolute(specifier) || specifier.startsWith('.');
  const source = isFolder ? path.resolve(folder, specifier) : undefined;
  const name = source ? manifestOf(source).name : specifier.replace(/(?<!^)@[^@/]*$/, '');
  const known = publishedPackages();
  if (!source && name.startsWith('@ferrum/') && !known.has(name)) fail(`the workspace publishes no package ${name}`);
  if (!source && !known.has(name) && !isLocked(specifier)) fail(`the workspace uses no package ${specifier}`);
  const place = path.join(folder, 'node_modules', name);
  if (source) copyPacked(source, place);
  else if (known.has(name) && !existsSync(place)) link(known.get(name).folder, place);
  return [name, source ? `file:${source}` : (known.get(name)?.version ?? '*')];
}

/** What npm would pack, of a package that says so. */
function copyPacked(source, place) {
  const { files } = manifestOf(source);
  if (!files) fail(`${source}: the check of the documentation needs \`files\` in its package.json`);
  for (const file of ['package.json', ...files]) {
    cpSync(path.join(source, file), path.join(place, file), { recursive: true });
  }
}

function uninstall(name) {
  rmSync(path.join(folder, 'node_modules', name), { recursive: true, force: true });
  changeDependencies(({ [name]: _, ...others }) => others);
}

/** As `npm search --json`, of what the workspace would publish. */
function search() {
  const isPlugin = ({ keywords }) => keywords?.includes('ferrum-plugin');
  const manifests = [...publishedPackages().values()].map((each) => manifestOf(each.folder)).filter(isPlugin);
  console.log(JSON.stringify(manifests.map(({ name, version, description }) => ({ name, version, description }))));
}

function changeDependencies(change) {
  const file = path.join(folder, 'package.json');
  if (!existsSync(file)) return;
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(
    file,
    `${JSON.stringify({ ...manifest, dependencies: change(manifest.dependencies ?? {}) }, null, 2)}\n`,
  );
}

function manifestOf(source) {
  return JSON.parse(readFileSync(path.join(source, 'package.json'), 'utf8'));
}

/** Whether it is a package, in this version if one is named, that the workspace installs, and so has proven to be there. */
function isLocked(specifier) {
  const versioned = specifier.lastIndexOf('@') > 0 ? specifier : `${specifier}@`;
  const lines = readFileSync(path.join(root, 'pnpm-lock.yaml'), 'utf8').split('\n');
  return lines.some((line) => /^ {2}'?(.+?)'?:/.exec(line)?.[1].startsWith(versioned));
}

/** What the folder's package.json asks for. */
function listed() {
  const { dependencies, devDependencies } = manifestOf(folder);
  return Object.keys({ ...dependencies, ...devDependencies });
}

function passOn() {
  const bin = path.join(path.dirname(process.execPath), 'npm');
  const { status } = spawnSync(bin, words, { stdio: 'inherit' });
  process.exit(status ?? 1);
}

function fail(message) {
  console.error(`${manager}: ${message}.`);
  process.exit(1);
}
