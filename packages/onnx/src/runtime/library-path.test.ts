import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { findBundledLibrary } from './library-path.js';

it.each([
  ['linux', 'x64', 'libonnxruntime.so.1'],
  ['linux', 'arm64', 'libonnxruntime.so.1'],
  ['darwin', 'arm64', /^libonnxruntime\..*\.dylib$/],
  ['win32', 'x64', 'onnxruntime.dll'],
  ['win32', 'arm64', 'onnxruntime.dll'],
])('finds the library of onnxruntime-node for %s %s', (platform, architecture, name) => {
  expect(basename(findBundledLibrary(platform, architecture))).toMatch(name);
});

it('names the platforms there are when this one is missing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ferrum-libraries-'));
  mkdirSync(join(folder, 'linux', 'riscv64'), { recursive: true });
  mkdirSync(join(folder, 'haiku', 'x64'), { recursive: true });
  writeFileSync(join(folder, 'linux', 'riscv64', 'libonnxruntime.so.1'), '');
  writeFileSync(join(folder, 'haiku', 'x64', 'onnxruntime_binding.node'), '');
  expect(() => findBundledLibrary('haiku', 'x64', folder)).toThrow(
    expect.objectContaining({
      code: 'Unsupported',
      message: expect.stringContaining('haiku x64; onnxruntime-node carries it for linux riscv64. '),
    }),
  );
});
