import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OnnxRuntime } from './onnx-runtime.js';

const isX86Linux = process.platform === 'linux' && process.arch === 'x64';

describe('multipliesBytesExactly', () => {
  it.skipIf(!isX86Linux)('says what the processor says of itself (needs x86 Linux)', async () => {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' ') ?? [];
    const hasExactProducts = flags.includes('avx512_vnni') || flags.includes('avx_vnni');
    // Without AVX2 the kernels are exact too, but no such machine is worth a case here.
    expect(await OnnxRuntime.load().multipliesBytesExactly()).toBe(hasExactProducts);
  });
});
