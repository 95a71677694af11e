// One case of llm-cases.mjs in node-llama-cpp, which lives in a folder of its own: PEERS_DIR=<folder that holds node_modules>.
//   PEERS_DIR=… node bench/peers/node-llama-cpp.mjs MODEL.gguf --case b4 [--threads 2] [--repeats 3]
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { measureCase, printResult, readCommandLine } from '../run-cases.mjs';

const line = readCommandLine('PEERS_DIR=… node bench/peers/node-llama-cpp.mjs MODEL.gguf');
const { model: modelPath, threads } = line;
const peers = path.resolve(process.env.PEERS_DIR ?? '.');
const entry = path.join(peers, 'node_modules', 'node-llama-cpp', 'dist', 'index.js');
const { getLlama } = await import(pathToFileURL(entry).href);
const { version } = createRequire(entry)('../package.json');

const from = performance.now();
const llama = await getLlama({ gpu: false, build: 'never', skipDownload: true, logLevel: 'error' });
const model = await llama.loadModel({ modelPath });

async function open({ streams, contextLength }) {
  const context = await model.createContext({
    contextSize: contextLength,
    sequences: streams,
    batchSize: 512,
    threads,
    flashAttention: true,
  });
  const sequences = Array.from({ length: streams }, () => context.getSequence());
  const generate = async (stream, prompt, newTokens, onToken) => {
    const sequence = sequences[stream];
    const tokens = model.tokenize(prompt, true);
    if (model.tokens.shouldPrependBosToken) tokens.unshift(model.tokens.bos);
    const tokenMs = [];
    for await (const _ of sequence.evaluate(tokens, { temperature: 0, yieldEogToken: true })) {
      tokenMs.push(performance.now());
      onToken?.(tokenMs.length);
      if (tokenMs.length === newTokens) break;
    }
    return { tokenMs, promptTokens: tokens.length };
  };
  const reset = async () => {
    for (const sequence of sequences) await sequence.clearHistory();
  };
  return { generate, reset };
}

const openMs = Math.round(performance.now() - from);
const samples = await measureCase(line, open);
printResult({ program: `node-llama-cpp ${version}`, model: modelPath, case: line.case, threads, openMs }, samples);
process.exit(0);
