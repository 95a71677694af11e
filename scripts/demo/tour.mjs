// The four modalities on real models: a language model writes, a voice speaks it while it is written, Whisper hears that,
// and embeddings say how close what was heard is to what was written.
import path from 'node:path';
import { writeAudioFile } from '../../packages/audio/dist/index.js';
import { plugin as embed } from '../../packages/embed/dist/index.js';
import { plugin as llm } from '../../packages/llm/dist/index.js';
import { createHost, FerrumError } from '../../packages/registry/dist/index.js';
import { plugin as tts } from '../../packages/tts/dist/index.js';
import { plugin as whisper } from '../../packages/whisper/dist/index.js';
import { plugin as espeak } from '../../plugins/espeak/dist/index.js';

const models = {
  'text-generation': 'smollm2:135m',
  speech: 'piper:en_US-joe-medium',
  transcription: 'whisper:base',
  embedding: 'minilm:l6',
};
export const modelNames = Object.values(models);

/** The answer is left at the end of the sentence that so many tokens are in, … */
const enoughTokens = 40;
/** … and ends here in any case. */
const mostTokens = 120;

/**
 * @param prompt what the language model is asked
 * @param file where the speech goes: a wav file
 * @param signal ends the tour
 * @param whileOpening gives a listener of progress to a function that opens a model
 * @param title, text, fact write a heading, a piece of a text, and a line about it
 */
export async function tour({ prompt, file, signal, whileOpening, title, text, fact }) {
  const host = createHost({ plugins: [llm, tts, espeak, whisper, embed] });
  try {
    const open = (capability) =>
      whileOpening((onProgress) => host.resolve(capability, { model: models[capability], signal, onProgress }));
    // All before the first word, so that nothing is waited for later.
    const writer = await open('text-generation');
    const speaker = await open('speech');
    const listener = await open('transcription');
    const embedder = await open('embedding');

    await title(`${writer.modelId} answers: ${prompt}`);
    const answer = new Answer(writer, { prompt, sampling: { maxTokens: mostTokens, seed: 1 }, signal });
    const speech = await speak(speaker, answer.pieces(text), { file, signal });
    await fact(`[${count(answer.tokens, 'token')}, ${answer.speed}]`);
    await title(`${speaker.modelId} speaks it while it is written`);
    if (!speech) {
      await text('The answer has nothing to say: no word, only marks or emoji. Try another prompt.\n');
      return;
    }
    await text(`${path.relative('', file) || file}\n`);
    await fact(`[${describeAudio(speech)}, first audio ${seconds(speech.firstAudioMs)} after the question]`);

    await title(`${listener.modelId} hears`);
    const listening = stopwatch();
    const heard = (await listener.transcribe(file, { language: 'en', signal })).text.trim();
    const listeningMs = listening();
    await text(heard || '(nothing)');
    await fact(`[${describeAudio({ seconds: speech.seconds, ms: listeningMs })}]`);
    if (heard === '') return;

    await title(`${embedder.modelId} compares what was written with what was heard`);
    const comparing = stopwatch();
    const { embeddings } = await embedder.embedTexts([answer.text, heard], { signal });
    const comparingMs = comparing();
    await text(`${cosine(...embeddings).toFixed(3)} alike, where 1 is the same`);
    await fact(`[2 texts in ${comparingMs.toFixed(0)} ms]`);
  } finally {
    await host.dispose();
  }
}

/** What a language model writes, and how fast. */
class Answer {
  text = '';
  tokens = 0;
  #begun = stopwatch();
  #firstMs = 0;
  #lastMs = 0;

  constructor(writer, request) {
    this.writer = writer;
    this.request = request;
  }

  /** @returns the text as it is written, which `show` is told of too, to the end of a sentence if it has one */
  async *pieces(show) {
    this.#begun = stopwatch();
    for await (const { text, tokens } of this.writer.inferStream(this.request)) {
      // Leaving the loop ends the writing.
      if (this.tokens >= enoughTokens && /[.!?]["'”’)]*$/.test(this.text) && /^\s/.test(text)) return;
      if (tokens.length > 0) this.#lastMs = this.#begun();
      if (this.tokens === 0) this.#firstMs = this.#lastMs;
      this.tokens += tokens.length;
      this.text += text;
      await show(text);
      yield text;
    }
  }

  /** From the first token to the last. */
  get speed() {
    const rate = (1000 * (this.tokens - 1)) / (this.#lastMs - this.#firstMs);
    const first = `first token after ${seconds(this.#firstMs)}`;
    return this.tokens > 1 ? `${rate.toFixed(1)} tokens/s with the voice beside it, ${first}` : first;
  }
}

/** @returns how long the speech is and how long it took; undefined when the text, complete, has nothing to say */
async function speak(speaker, pieces, { file, signal }) {
  let isComplete = false;
  let firstAudioMs;
  const elapsed = stopwatch();
  async function* text() {
    yield* pieces;
    isComplete = true;
  }
  async function* samples() {
    for await (const chunk of speaker.synthesizeStream(text(), { seed: 1, signal })) {
      firstAudioMs ??= elapsed();
      yield chunk.samples;
    }
  }
  try {
    const options = { format: 'wav', inputSampleRate: speaker.ttsSampleRate(), signal };
    const written = await writeAudioFile(file, samples(), options);
    return { seconds: written.seconds, ms: elapsed(), firstAudioMs };
  } catch (error) {
    if (isComplete && FerrumError.isInstance(error) && error.code === 'RequestValidation') return undefined;
    throw error;
  }
}

/** @returns a function that says how many ms have passed */
function stopwatch() {
  const begun = performance.now();
  return () => performance.now() - begun;
}

function describeAudio({ seconds: length, ms }) {
  return `${length.toFixed(1)} s of speech in ${seconds(ms)}, ${((1000 * length) / ms).toFixed(1)}× real time`;
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(2)} s`;
}

function count(number, noun) {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Of two vectors. */
function cosine(a, b) {
  const dot = (x, y) => x.reduce((sum, value, index) => sum + value * y[index], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
