// Looks at a package as npm installed it from its tarball: is everything there, and nothing else, and does it say of itself
// what a release needs?
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { entryPoints } from './packages.mjs';

/** How the text of each licence begins. pnpm puts the workspace's LICENSE, which is MIT's, into a package that has none. */
const licenceTexts = {
  MIT: /^\s*MIT License\n/,
  'GPL-3.0-or-later': /^\s*GNU GENERAL PUBLIC LICENSE\n\s*Version 3,/,
  'LGPL-2.1-or-later': /^\s*GNU LESSER GENERAL PUBLIC LICENSE\n\s*Version 2\.1,/,
};

/**
 * @param {{ folder: string, tarball: string, version: string, repository: string }} packed
 * @returns {Promise<string[]>} what is wrong, one sentence each
 */
export async function packageFindings({ folder, tarball, version, repository }) {
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      path
        .relative(folder, path.join(entry.parentPath ?? entry.path, entry.name))
        .split(path.sep)
        .join('/'),
    );
  const findings = [
    ...fileFindings(manifest, files),
    ...licenceTextFindings(folder, manifest, files),
    ...manifestFindings(manifest, version, repository),
    ...(await publintFindings(folder, manifest)),
    ...(await typeFindings(tarball, manifest)),
  ];
  return findings.map((finding) => `${manifest.name}: ${finding}`);
}

function fileFindings(manifest, files) {
  const missing = ['LICENSE', 'README.md', ...referredFiles(manifest)].filter((file) => !files.includes(file));
  // Mocks are what @ferrum/conformance is for.
  const isSuperfluous = (file) =>
    /\.test\.|(?:^|\/)fixtures\/|\.tsbuildinfo$/.test(file) ||
    (/(?:^|\/)testing\//.test(file) && manifest.name !== '@ferrum/conformance');
  return [
    ...missing.map((file) => `${file} is missing`),
    ...files.filter(isSuperfluous).map((file) => `${file} does not belong into it`),
    ...outputsWithoutSource(files).map((file) => `${file} has no source: run "npm run build -- --force"`),
  ];
}

function licenceTextFindings(folder, { license }, files) {
  if (!files.includes('LICENSE')) return [];
  const text = readFileSync(path.join(folder, 'LICENSE'), 'utf8');
  return licenceTexts[license]?.test(text) ? [] : [`LICENSE is not the text of ${license}, its license`];
}

/** Every file that package.json points at. */
function referredFiles({ exports, bin = {}, main, types, ferrum = {} }) {
  const targets = (value) =>
    typeof value === 'object' && value !== null ? Object.values(value).flatMap(targets) : [value];
  return [exports, bin, main, types, ferrum.plugin]
    .flatMap(targets)
    .filter((file) => typeof file === 'string')
    .map((file) => path.posix.normalize(file));
}

/** Sources are published beside their output, so each module of `dist` has its source in `src`. */
function outputsWithoutSource(files) {
  if (!files.some((file) => file.startsWith('src/'))) return [];
  // The page of the server is bundled, so its modules have no output of their own.
  const outputs = files.filter((file) => /^dist\/(?!playground\/).*\.js$/.test(file));
  return outputs.filter((file) => !files.includes(file.replace(/^dist/, 'src').replace(/\.js$/, '.ts')));
}

function manifestFindings(manifest, version, repository) {
  const findings = [];
  const expect = (isRight, message) => {
    if (!isRight) findings.push(message);
  };
  expect(manifest.version === version, `its version is ${manifest.version}, and that of the release ${version}`);
  expect(manifest.publishConfig?.access === 'public', 'publishConfig.access is not "public"');
  expect(manifest.publishConfig?.provenance === true, 'publishConfig.provenance is not true');
  expect(manifest.repository?.url === `git+${repository}.git`, 'its repository was not stamped');
  expect(manifest.engines?.node !== undefined, 'engines.node is missing');
  expect((manifest.keywords ?? []).length > 0, 'it has no keywords');
  expect(
    (manifest.ferrum?.plugin !== undefined) === (manifest.keywords ?? []).includes('ferrum-plugin'),
    'it is either a plugin with the keyword "ferrum-plugin" or neither',
  );
  for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies })) {
    expect(!/^(?:workspace|catalog|file|link):/.test(range), `${name} is at ${range}, which only this workspace knows`);
    expect(!name.startsWith('@ferrum/') || range === `^${version}`, `${name} is at ${range}, not ^${version}`);
  }
  return findings;
}

async function publintFindings(folder, manifest) {
  const { messages } = await publint({ pkgDir: folder, pack: false, strict: true });
  // FFmpeg's files are published byte for byte; that Node.js can import and require them is tried.
  const isForeign = ({ code }) => manifest.name === '@ferrum/libav' && code === 'FILE_INVALID_FORMAT';
  const serious = messages.filter((message) => message.type !== 'suggestion' && !isForeign(message));
  return serious.map((message) => `publint: ${formatMessage(message, manifest, { color: false })}`);
}

/** @throws when the tarball cannot be read */
async function typeFindings(tarball, manifest) {
  if (entryPoints({ name: manifest.name, manifest }).every(({ types }) => types === undefined)) return [];
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))));
  if (result.types === false) return ['attw: there are no types in it'];
  // Only for importers of ES modules: CommonJS can require them too, whose types TypeScript does not yet believe.
  const problems = result.problems.filter(({ resolutionKind }) => !['node10', 'node16-cjs'].includes(resolutionKind));
  return problems.map(({ kind, entrypoint }) => `attw: ${kind}${entrypoint === undefined ? '' : ` at ${entrypoint}`}`);
}
