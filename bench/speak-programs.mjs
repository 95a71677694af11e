// The programs that speak, each in a process of its own: it opens its model once, then answers speak and memory (Ferrum also
// delay).
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defaultModelStore } from '../packages/models/dist/index.js';
import { AnsweringProcess } from './answering-process.mjs';

/** What Ferrum opens; `hasNoise` where speech differs from time to time. */
export const voices = {
  joe: { model: 'piper:en_US-joe-medium', hasNoise: true },
  af_heart: { model: 'kokoro:82m', voice: 'af_heart', hasNoise: false },
};

export function startFerrum({ model, voice }, { threads }) {
  return run(process.execPath, 'speak-ferrum.mjs', [model, ...(voice ? ['--voice', voice] : [])], { threads });
}

/** How to start the peers with the same files as Ferrum; `peers` is the folder that holds the node_modules of kokoroNode and sherpa. */
export async function openPeers({ threads, python, peers }) {
  const store = defaultModelStore();
  const joe = (await store.pull(voices.joe.model)).files['en_US-joe-medium.onnx'];
  const { files } = await store.pull(voices.af_heart.model);
  const kokoro = [files['model.onnx'], files['voices/af_heart.bin']];
  let folder;
  const prepared = () => {
    if (folder !== undefined) return folder;
    folder = mkdtempSync(path.join(tmpdir(), 'ferrum-sherpa-'));
    execFileSync(python, [path.join(import.meta.dirname, 'peers', 'sherpa-prepare.py'), joe, folder]);
    return folder;
  };
  return {
    piper: () => run(python, 'peers/piper-tts.py', [joe], { threads }),
    kokoroOnnx: () => run(python, 'peers/kokoro-onnx.py', kokoro, { threads }),
    kokoroNode: () => run(process.execPath, 'peers/kokoro-node.mjs', [...kokoro, '--peers', peers], { threads }),
    sherpa: () => run(process.execPath, 'peers/sherpa.mjs', [prepared(), '--peers', peers], { threads }),
    /** Removes what was made for them. */
    close: () => folder && rmSync(folder, { recursive: true }),
  };
}

function run(command, script, args, { threads }) {
  const file = path.join(import.meta.dirname, script);
  return AnsweringProcess.start(command, [file, ...args, '--threads', String(threads)]);
}
