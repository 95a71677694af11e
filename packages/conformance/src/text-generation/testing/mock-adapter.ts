import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A PEFT folder as far as the mock reads one, gone after the test file. */
export function mockAdapter(): { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'ferrum-conformance-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  const configuration = { peft_type: 'LORA', r: 4, lora_alpha: 8, target_modules: ['q_proj', 'v_proj'] };
  writeFileSync(join(path, 'adapter_config.json'), JSON.stringify(configuration));
  // Of no tensors: the length of the header, 8 bytes, and the header.
  writeFileSync(join(path, 'adapter_model.safetensors'), '\x02\0\0\0\0\0\0\0{}');
  return { path };
}
