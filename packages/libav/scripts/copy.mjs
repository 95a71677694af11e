// Copies the files that Node loads out of the packages of libav.js, byte for byte.
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const dist = fileURLToPath(new URL('../dist', import.meta.url));
// The rest is for browsers, for threads, and asm.js for engines without WebAssembly. Without SIMD the plain one is loaded.
const loaded = /^libav-obsolete\.js$|transcoder\.js$|\.(wasm|simd)\.(js|wasm)$/;

for (const [build, packageName] of [
  ['common', '@libav.js/variant-obsolete'],
  ['mpeg4', '@libav.js/variant-mediarecorder-transcoder'],
]) {
  const from = path.dirname(require.resolve(packageName));
  const to = path.join(dist, build);
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(from).filter((name) => loaded.test(name)))
    cpSync(path.join(from, file), path.join(to, file));
}
