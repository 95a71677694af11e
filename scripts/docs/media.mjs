// Files that the documentation's examples read: made by Ferrum itself, or taken from the tests of its packages.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../run.mjs';
import { link } from './scratch.mjs';

const spoken =
  'The ferry leaves the pier when the fog has lifted. Its keeper lights the lamp every evening, and reads the weather report.';

/** @returns a function that lays the files into the folder of a page */
export function makeMedia(folder, env) {
  const media = path.join(folder, 'media');
  mkdirSync(media);
  ferrum(['pull', 'silero-vad:v5'], media, env);
  ferrum(['speak', spoken, '-o', 'interview.mp3', '--seed', '1'], media, env);
  ferrum(['speak', spoken, '-o', 'speech.raw', '--sample-rate', '16000', '--seed', '1'], media, env);
  writeFileSync(path.join(media, 'lines.txt'), 'How old are you?\nWhat is your age?\nThe tide is low at noon.\n');
  copyFileSync(path.join(root, 'packages/embed/src/fixtures/images/landscape.png'), path.join(media, 'photo.png'));
  makeAdapter(path.join(media, 'poet'));
  const { path: model } = JSON.parse(ferrum(['show', 'smollm2:135m', '--json'], media, env));
  return (page) => {
    for (const name of ['interview.mp3', 'speech.raw', 'lines.txt', 'photo.png', 'poet']) {
      link(path.join(media, name), path.join(page, name));
    }
    if (model.endsWith('.gguf')) link(model, path.join(page, 'model.gguf'));
  };
}

/** A LoRA adapter in PEFT's form for SmolLM2-135M: of rank 1, for the queries of the first layer. */
function makeAdapter(folder) {
  const hidden = 576;
  const name = (side) => `base_model.model.model.layers.0.self_attn.q_proj.lora_${side}.weight`;
  const header = {
    [name('A')]: { dtype: 'F32', shape: [1, hidden], data_offsets: [0, 4 * hidden] },
    [name('B')]: { dtype: 'F32', shape: [hidden, 1], data_offsets: [4 * hidden, 8 * hidden] },
  };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const values = Float32Array.from({ length: 2 * hidden }, (_, i) => Math.sin(i));
  mkdirSync(folder);
  writeFileSync(
    path.join(folder, 'adapter_model.safetensors'),
    Buffer.concat([length, text, Buffer.from(values.buffer)]),
  );
  const config = { peft_type: 'LORA', r: 1, lora_alpha: 1, target_modules: ['q_proj'], layers_to_transform: [0] };
  writeFileSync(path.join(folder, 'adapter_config.json'), JSON.stringify(config));
}

function ferrum(args, cwd, env) {
  const { status, stdout, stderr } = spawnSync('ferrum', args, { cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`ferrum ${args[0]} failed:\n${stderr}`);
  return stdout;
}
