// The example of somebody else's plugin, as somebody else would have it: from published packages, in a folder of its own.
import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from '../run.mjs';
import { quiet } from './quiet.mjs';

const name = 'ferrum-plugin-word-overlap';
const mostLines = 150;

/** @throws Error when it is too long, its tests fail, or the ferrum command cannot add, use or remove it */
export async function checkThirdPartyPlugin({ directory, registry }) {
  const folder = path.join(directory, 'third-party-plugin');
  await cp(path.join(root, 'examples', 'third-party-plugin'), folder, {
    recursive: true,
    filter: (file) => !file.includes('node_modules'),
  });
  const code = (await readdir(folder)).filter((file) => /\.js$/.test(file));
  const lines = await Promise.all(
    code.map(async (file) => (await readFile(path.join(folder, file), 'utf8')).split('\n')),
  );
  assert.ok(lines.flat().length < mostLines, `The example has ${lines.flat().length} lines.`);

  await writeFile(path.join(folder, '.npmrc'), registry.npmrc);
  await quiet('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
  const report = await quiet('npm', ['test'], { cwd: folder, env: { NODE_OPTIONS: '--test-reporter=tap' } });
  const [, passed] = /^# pass (\d+)$/m.exec(report) ?? [];
  assert.ok(Number(passed) > 10, `The conformance kit ran ${passed} tests.`);

  const { keywords } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
  // What `ferrum plugins search` asks registries for; the one here knows no search by keyword.
  assert.ok(keywords.includes('ferrum-plugin'));

  const packed = (await quiet('npm', ['pack', '--silent'], { cwd: folder })).trim();
  const user = path.join(directory, 'user');
  await mkdir(user);
  await writeFile(path.join(user, 'package.json'), JSON.stringify({ name: 'app', private: true }));
  await writeFile(path.join(user, '.npmrc'), registry.npmrc);
  await quiet('npm', ['install', '@ferrum/cli', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: user });
  const home = path.join(user, 'home');
  const ferrum = (args) =>
    quiet(process.execPath, [path.join(user, 'node_modules', '@ferrum', 'cli', 'dist', 'main.js'), ...args], {
      cwd: user,
      env: { FERRUM_HOME: home, npm_config_userconfig: path.join(user, '.npmrc') },
    });
  await ferrum(['plugins', 'add', path.join(folder, packed)]);
  assert.match(await ferrum(['plugins', 'list']), new RegExp(name));
  const documents = ['Trains are late.', 'Knead flour and bake the bread.'];
  const ranked = await ferrum(['rerank', 'word-overlap', 'How do I bake bread?', ...documents]);
  assert.match(ranked.split('\n')[0], /Knead/);
  await ferrum(['plugins', 'remove', name]);
  assert.doesNotMatch(await ferrum(['plugins', 'list']), new RegExp(name));
}
