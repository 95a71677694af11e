// Kokoro in plain onnxruntime-node, as a process that speaks, a line of JSON each (see ../answering-process.mjs). It reads the
// phonemes that Ferrum reads; making them is not timed.
//   node bench/peers/kokoro-node.mjs MODEL.onnx VOICE.bin --peers FOLDER [--threads 2]
// FOLDER holds node_modules with onnxruntime-node.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { encodeKokoroPhonemes, kokoroVocabulary } from '../../packages/tts/dist/voices/kokoro-vocabulary.js';
import { EspeakPhonemizer } from '../../plugins/espeak/dist/index.js';
import { answerRequests, memory } from '../answer-requests.mjs';
import { exitWithUsage } from '../usage.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { peers: { type: 'string' }, threads: { type: 'string', default: '2' } },
});
const [model, voice] = positionals;
if (voice === undefined || values.peers === undefined) {
  exitWithUsage('node bench/peers/kokoro-node.mjs MODEL.onnx VOICE.bin --peers FOLDER [--threads 2]');
}
const sampleRate = 24_000;
const styleLength = 256;
const peer = createRequire(path.join(path.resolve(values.peers), 'peers.js'));
const { InferenceSession, Tensor } = peer('onnxruntime-node');
const threads = { intraOpNumThreads: Number(values.threads), interOpNumThreads: 1 };
const session = await InferenceSession.create(model, threads);
const styles = new Float32Array(new Uint8Array(readFileSync(voice)).buffer);
const phonemizer = new EspeakPhonemizer();
const sentences = new Intl.Segmenter('en', { granularity: 'sentence' });

await answerRequests(`onnxruntime-node ${peer('onnxruntime-node/package.json').version}`, { speak, memory });
await phonemizer[Symbol.asyncDispose]();

async function speak({ text }) {
  const inputs = [];
  for (const { segment } of sentences.segment(text)) inputs.push(await inputsOf(segment.trim()));
  let firstAudioSeconds;
  let samples = 0;
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  for (const input of inputs) {
    const { audio } = await session.run(input);
    firstAudioSeconds ??= seconds();
    samples += audio.data.length;
  }
  return { seconds: seconds(), firstAudioSeconds, audioSeconds: samples / sampleRate };
}

async function inputsOf(sentence) {
  const phonemes = (await phonemizer.phonemize(sentence, 'en-US')).join(' ');
  const { ids } = encodeKokoroPhonemes(phonemes, kokoroVocabulary);
  const style = styles.slice((ids.length - 1) * styleLength, ids.length * styleLength);
  return {
    tokens: new Tensor('int64', BigInt64Array.from([0, ...ids, 0], BigInt), [1, ids.length + 2]),
    style: new Tensor('float32', style, [1, styleLength]),
    speed: new Tensor('float32', [1], [1]),
  };
}
