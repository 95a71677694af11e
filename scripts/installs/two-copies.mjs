// Two copies of the registry and the interfaces in one tree: those of the application, and older ones that the modality needs.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { create, extract } from 'tar';
import { quiet } from './quiet.mjs';

/** @throws Error when an engine of one copy does not resolve in a host of the other */
export async function checkTwoCopies({ directory, registry, tarballs }) {
  for (const name of ['interfaces', 'registry']) {
    const tarball = tarballs.find((file) => path.basename(file).startsWith(`ferrum-${name}-`));
    await registry.publish([await nextMinor(tarball, path.join(directory, `next-${name}`))]);
  }
  const folder = path.join(directory, 'two-copies');
  await mkdir(folder);
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ name: 'app', private: true }));
  await writeFile(path.join(folder, '.npmrc'), registry.npmrc);
  const { version } = JSON.parse(
    await readFile(path.join(directory, 'next-registry', 'package', 'package.json'), 'utf8'),
  );
  const wanted = [`@ferrum/registry@${version}`, '@ferrum/llm@<'.concat(version)];
  await quiet('npm', ['install', ...wanted, '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
  const copies = await registries(path.join(folder, 'node_modules'));
  if (new Set(copies).size < 2) throw new Error(`One copy of the registry was installed, not two: ${copies}.`);
  await writeFile(path.join(folder, 'main.mjs'), application);
  await quiet(process.execPath, ['main.mjs'], { cwd: folder });
}

const application = `
import assert from 'node:assert/strict';
import { plugin } from '@ferrum/llm';
import { createHost, FerrumError } from '@ferrum/registry';
const host = createHost({ plugins: [plugin] });
const engine = await host.resolve('text-generation', { model: 'smollm2:135m', options: { threads: 1 } });
const { text } = await engine.infer({ prompt: 'Say hello.', sampling: { temperature: 0, maxTokens: 4 } });
assert.ok(text.length > 0);
// Thrown by the other copy.
const error = await engine.infer({ messages: [] }).catch((thrown) => thrown);
assert.ok(!(error instanceof FerrumError) && FerrumError.isInstance(error), String(error));
await host.dispose();
`;

/** Packs the same package again as its next minor version. */
async function nextMinor(tarball, folder) {
  await mkdir(folder);
  await extract({ file: tarball, cwd: folder });
  const file = path.join(folder, 'package', 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  const next = (range) => range.replace(/(\d+)\.(\d+)\.\d+/, (_, major, minor) => `${major}.${Number(minor) + 1}.0`);
  manifest.version = next(manifest.version);
  for (const name of Object.keys(manifest.dependencies ?? {}).filter((each) => each.startsWith('@ferrum/'))) {
    manifest.dependencies[name] = next(manifest.dependencies[name]);
  }
  await writeFile(file, JSON.stringify(manifest, null, 2));
  const packed = path.join(folder, 'next.tgz');
  await create({ file: packed, cwd: folder, gzip: true }, ['package']);
  return packed;
}

/** Versions of every copy of the registry in a tree. */
async function registries(nodeModules) {
  const found = (await readdir(nodeModules, { recursive: true })).filter((file) =>
    file.endsWith(path.join('@ferrum', 'registry', 'package.json')),
  );
  return Promise.all(
    found.map(async (file) => JSON.parse(await readFile(path.join(nodeModules, file), 'utf8')).version),
  );
}
