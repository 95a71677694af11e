import assert from 'node:assert/strict';

const begin = '<!-- sizes, by scripts/check-installs.mjs --write -->';
const end = '<!-- /sizes -->';
/** Other libraries, installed in the same way. */
const peers = [
  ['@huggingface/transformers 4', '474 MB', ''],
  ['node-llama-cpp 3', '725 MB', ''],
];

/** @returns README with the table of these rows */
export function writtenTable(readme, rows) {
  const [before, , after] = parts(readme);
  const lines = [
    ['`npm install …`', 'installed size', 'of that beside onnxruntime-node', 'packages'],
    ['---', '---:', '---:', '---:'],
    ...rows.map(({ name, what, megabytes, beside, packages }) => [
      `\`@ferrum/${name}\` (${what})`,
      `${megabytes} MB`,
      `${beside} MB`,
      packages,
    ]),
    ...peers.map(([name, size]) => [name, size, '', '']),
  ].map((cells) => `| ${cells.join(' | ')} |`);
  return `${before}${begin}\n\n${lines.join('\n')}\n\n${end}${after}`;
}

/** Sizes differ between platforms, so only those of Linux on x64 are compared. @throws AssertionError */
export function comparedTable(readme, rows) {
  if (`${process.platform} ${process.arch}` !== 'linux x64') return;
  const [, table] = parts(readme);
  for (const { name, megabytes, packages } of rows) {
    const [, size, count] =
      new RegExp(`@ferrum/${name}\`[^|]*\\|\\s*(\\d+) MB\\s*\\|[^|]*\\|\\s*(\\d+)\\s*\\|`).exec(table) ?? [];
    const close = Math.abs(Number(size) - megabytes) <= 2 && Math.abs(Number(count) - packages) <= 3;
    assert.ok(
      close,
      `README.md says that @ferrum/${name} takes ${size} MB in ${count} packages, and it takes ${megabytes} MB in ${packages}. Run "node scripts/check-installs.mjs --write".`,
    );
  }
}

function parts(readme) {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  assert.ok(from !== -1 && to > from, `README.md has no place for the table, between ${begin} and ${end}.`);
  return [readme.slice(0, from), readme.slice(from + begin.length, to), readme.slice(to + end.length)];
}
