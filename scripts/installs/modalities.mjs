// What an application installs for one modality, what must not come with it, and a program that uses it.

const audio = /^@ferrum\/(audio|libav)$|libav/;
const image = /^sharp$|^@img\//;
const server = /^@ferrum\/server$|fastify|express|^koa$/;
const others = (own) => new RegExp(`^@ferrum/(?!(${own})$)(llm|embed|whisper|tts|cli|plugin-.*)$`);

export const modalities = [
  {
    name: 'llm',
    what: 'text generation',
    forbidden: [audio, image, server, others('llm')],
    work: `
      const engine = await host.resolve('text-generation', { model: 'smollm2:135m', options: { threads: 1 } });
      const { text } = await engine.infer({ prompt: 'Say hello.', sampling: { temperature: 0, maxTokens: 4 } });
      if (text.length === 0) throw new Error('nothing was generated');`,
  },
  {
    name: 'embed',
    what: 'embeddings, reranking',
    forbidden: [audio, server, others('embed')],
    work: `
      const engine = await host.resolve('embedding', { model: 'minilm:l6', options: { threads: 1 } });
      const vector = await engine.embedText('hello');
      if (vector.length !== 384) throw new Error('not a vector of MiniLM');`,
  },
  {
    name: 'whisper',
    what: 'transcription',
    forbidden: [image, server, others('whisper')],
    work: `
      const engine = await host.resolve('transcription', { model: 'whisper:tiny.en', options: { threads: 1 } });
      const { duration } = await engine.transcribe({ samples: new Float32Array(16000), sampleRate: 16000 });
      if (duration !== 1) throw new Error('a second of silence lasts ' + duration);`,
  },
  {
    name: 'tts',
    what: 'speech synthesis',
    forbidden: [image, server, others('tts')],
    // The phonemizer is under the GPL and installed apart: without it a voice says what is missing.
    work: `
      const engine = await host.resolve('speech', { model: 'piper:en_US-joe-medium', options: { threads: 1 } });
      if ((await engine.voices()).length !== 1) throw new Error('no voice');
      const error = await engine.synthesizeSpeech('Hello.').then(() => undefined, (thrown) => thrown);
      if (!/plugin-espeak/.test(error?.message)) throw error;`,
  },
];

/** A program for an application that has installed the modality; `registry` comes along as its dependency. */
export function program({ name, work }, { module }) {
  const load = module
    ? `import { plugin } from '@ferrum/${name}';\nimport { createHost } from '@ferrum/registry';`
    : `const { plugin } = require('@ferrum/${name}');\nconst { createHost } = require('@ferrum/registry');`;
  return `${load}
async function main() {
  const host = createHost({ plugins: [plugin] });
  try {${work}
  } finally {
    await host.dispose();
  }
}
main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
`;
}
