// A Piper voice in sherpa-onnx-node, as a process that speaks, a line of JSON each (see ../answering-process.mjs).
//   node bench/peers/sherpa.mjs VOICE-FOLDER --peers FOLDER [--threads 2]
// sherpa-prepare.py makes VOICE-FOLDER; FOLDER holds node_modules with sherpa-onnx-node.
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { answerRequests, memory } from '../answer-requests.mjs';
import { exitWithUsage } from '../usage.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { peers: { type: 'string' }, threads: { type: 'string', default: '2' } },
});
const [folder] = positionals;
if (folder === undefined || values.peers === undefined) {
  exitWithUsage('node bench/peers/sherpa.mjs VOICE-FOLDER --peers FOLDER [--threads 2]');
}
const { OfflineTts, version, onnxruntimeVersion } = createRequire(path.join(path.resolve(values.peers), 'peers.js'))(
  'sherpa-onnx-node',
);
const voice = new OfflineTts({
  model: {
    vits: {
      model: path.join(folder, 'voice.onnx'),
      tokens: path.join(folder, 'tokens.txt'),
      dataDir: path.join(folder, 'espeak-ng-data'),
      // Piper's own.
      noiseScale: 0.667,
      noiseScaleW: 0.8,
      lengthScale: 1,
    },
    numThreads: Number(values.threads),
    provider: 'cpu',
    debug: 0,
  },
  // A sentence at a time, so that its first audio comes as early as it can.
  maxNumSentences: 1,
});

await answerRequests(`sherpa-onnx-node ${version}, ONNX Runtime ${onnxruntimeVersion}`, { speak, memory });

async function speak({ text }) {
  let firstAudioSeconds;
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  const onProgress = () => {
    firstAudioSeconds ??= seconds();
    // Go on.
    return 1;
  };
  const { samples } = await voice.generateAsync({ text, sid: 0, speed: 1, enableExternalBuffer: true, onProgress });
  return { seconds: seconds(), firstAudioSeconds, audioSeconds: samples.length / voice.sampleRate };
}
