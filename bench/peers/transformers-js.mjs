// One case of embed-cases.mjs in transformers.js, which lives in a folder of its own: PEERS_DIR=<folder that holds node_modules>.
//   PEERS_DIR=… node bench/peers/transformers-js.mjs MODEL-FOLDER --case mixed256 [--threads 2] [--repeats 5] [--dtype fp32|q8]
// `mixed256` is handed over as given, in batches of 32; `sorted256` are the same texts in such batches sorted by length.
// MODEL-FOLDER holds config.json, the tokenizer's files, and onnx/model.onnx or onnx/model_quantized.onnx.
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { cases, measure, sortedMixed } from '../embed-cases.mjs';
import { printResult, readCommandLine } from '../run-cases.mjs';

const usage = 'PEERS_DIR=… node bench/peers/transformers-js.mjs MODEL-FOLDER';
const line = readCommandLine(usage, { dtype: { type: 'string', default: 'fp32' } });
const peers = path.resolve(process.env.PEERS_DIR ?? '.');
const entry = path.join(peers, 'node_modules', '@huggingface', 'transformers', 'dist', 'transformers.node.mjs');
const { pipeline, env } = await import(pathToFileURL(entry).href);
const { version } = createRequire(entry)('../package.json');
const folder = path.resolve(line.model);
env.allowRemoteModels = false;
env.localModelPath = path.dirname(folder);
const extract = await pipeline('feature-extraction', path.basename(folder), {
  dtype: line.dtype,
  device: 'cpu',
  session_options: { intraOpNumThreads: line.threads, interOpNumThreads: 1 },
});

async function embed(texts) {
  for (let i = 0; i < texts.length; i += 32) {
    await extract(texts.slice(i, i + 32), { pooling: 'mean', normalize: true });
  }
}

const sorted = { texts: sortedMixed, run: (run) => run(sortedMixed) };
const measures = await measure(line.case === 'sorted256' ? sorted : cases[line.case], embed, line.repeats);
printResult({ program: `transformers.js ${version}`, model: folder, case: line.case, dtype: line.dtype }, measures);
