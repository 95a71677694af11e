import path from 'node:path';
import type { Voice } from '@ferrum/interfaces';
import { OnnxRuntime, readModel, type Session, Tensor } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import { decoderFile, encoderFile } from '../import/import-job.js';
import { durationNoiseInput, durationsOutput, noiseInput, noiseShapeKey } from '../import/piper-import.js';
import { GaussianNoise } from './gaussian-noise.js';
import { nearest } from './nearest.js';
import type { PiperConfig } from './piper-config.js';
import { encodePiperPhonemes, piperEnds } from './piper-phonemes.js';
import type { EncodedPhonemes, LoadedVoice, Manner, SpeechModel, Utterance } from './speech-model.js';

export interface PiperModelOptions {
  /** Of the converted graphs. */
  readonly directory: string;
  readonly config: PiperConfig;
  readonly voices: readonly Voice[];
  readonly threads: number;
  readonly libraryPath: string | undefined;
}

/** VITS voices were trained on sentences; far longer ones lose their rhythm and take memory. */
const maxPhonemes = 400;

/** A VITS voice (Kim et al., 2021) as Piper exports it. */
export class PiperModel implements SpeechModel {
  readonly architecture = 'piper';
  readonly sampleRate: number;
  readonly frameSamples: number;
  /** A pad follows each phoneme. */
  readonly maxIds = 2 * maxPhonemes;
  readonly leadingIds: number;
  readonly hasNoise = true;
  readonly voices: readonly Voice[];
  readonly #ends: { readonly before: readonly number[]; readonly after: readonly number[] };

  static async open({ directory, config, voices, threads, libraryPath }: PiperModelOptions): Promise<PiperModel> {
    const runtime = OnnxRuntime.load(libraryPath === undefined ? {} : { libraryPath });
    const options = { intraOpThreads: threads };
    const { metadata } = await readModel(path.join(directory, encoderFile));
    const encoder = await runtime.openSession(path.join(directory, encoderFile), options);
    try {
      const decoder = await runtime.openSession(path.join(directory, decoderFile), options);
      try {
        const noiseShape = metadata.get(noiseShapeKey) ?? '';
        return new PiperModel(
          config,
          voices,
          encoder,
          decoder,
          noiseShape,
          await hopOf(encoder, decoder, config, noiseShape),
        );
      } catch (error) {
        await decoder.dispose();
        throw error;
      }
    } catch (error) {
      await encoder.dispose();
      throw error;
    }
  }

  private constructor(
    private readonly config: PiperConfig,
    voices: readonly Voice[],
    private readonly encoder: Session,
    private readonly decoder: Session,
    private readonly noiseShape: string,
    frameSamples: number,
  ) {
    this.voices = voices;
    this.sampleRate = config.sampleRate;
    this.frameSamples = frameSamples;
    this.#ends = piperEnds(config);
    this.leadingIds = this.#ends.before.length;
  }

  async loadVoice(id: string | undefined): Promise<LoadedVoice> {
    const voice = id === undefined ? this.voices[0] : this.voices.find((one) => one.id === id);
    if (!voice) {
      const ids = this.voices.map((one) => one.id);
      const near = nearest(id ?? '', ids);
      const advice = near.length > 0 ? `did you mean ${near.join(', ')}?` : `it has ${ids.slice(0, 8).join(', ')}.`;
      throw new FerrumError('NotFound', `voice: the model has no voice ${id}; ${advice}`, {
        details: { parameter: 'voice' },
      });
    }
    return {
      id: voice.id,
      language: voice.language,
      key: { kind: 'speaker', speaker: this.config.speakers.get(voice.id) },
    };
  }

  encode(phonemes: string): EncodedPhonemes {
    return encodePiperPhonemes(phonemes, this.config);
  }

  async synthesize(ids: readonly number[], manner: Manner, signal: AbortSignal | undefined): Promise<Utterance> {
    const { before, after } = this.#ends;
    const speaker = manner.voice.key.kind === 'speaker' ? manner.voice.key.speaker : undefined;
    const { config } = this;
    const noiseScale = manner.noiseScale ?? config.noiseScale;
    const durationNoiseScale = manner.durationNoiseScale ?? config.durationNoiseScale;
    return runHalves(this, [...before, ...ids, ...after], {
      speaker,
      noiseScale,
      durationNoiseScale,
      lengthScale: (manner.lengthScale ?? config.lengthScale) / manner.speed,
      noise: noiseScale === 0 && durationNoiseScale === 0 ? undefined : new GaussianNoise(manner.seed),
      signal,
    });
  }

  /** For `runHalves`. */
  get halves(): Halves {
    return { encoder: this.encoder, decoder: this.decoder, noiseShape: this.noiseShape };
  }

  async dispose(): Promise<void> {
    await Promise.all([this.encoder.dispose(), this.decoder.dispose()]);
  }
}

interface Halves {
  readonly encoder: Session;
  readonly decoder: Session;
  readonly noiseShape: string;
}

interface HalvesRun {
  readonly speaker: number | undefined;
  readonly noiseScale: number;
  readonly durationNoiseScale: number;
  readonly lengthScale: number;
  /** Undefined for silence in its place. */
  readonly noise: GaussianNoise | undefined;
  readonly signal: AbortSignal | undefined;
}

async function runHalves(
  { halves: { encoder, decoder, noiseShape } }: { readonly halves: Halves },
  ids: readonly number[],
  { speaker, noiseScale, durationNoiseScale, lengthScale, noise, signal }: HalvesRun,
): Promise<Utterance> {
  const options = signal ? { signal } : {};
  const given: Record<string, Tensor> = {
    input: Tensor.from('int64', [1, ids.length], BigInt64Array.from(ids, BigInt)),
    input_lengths: Tensor.from('int64', [1], BigInt64Array.of(BigInt(ids.length))),
    scales: Tensor.from('float32', [3], Float32Array.of(noiseScale, lengthScale, durationNoiseScale)),
    sid: Tensor.from('int64', [1], BigInt64Array.of(BigInt(speaker ?? 0))),
    [durationNoiseInput]: noiseOf([1, 2, ids.length], durationNoiseScale === 0 ? undefined : noise),
  };
  const said = await encoder.run(inputsOf(encoder, given), undefined, options);
  try {
    const durations = said[durationsOutput]?.data;
    const shape = said[noiseShape]?.dims;
    if (!(durations instanceof Float32Array) || !shape)
      throw new FerrumError('Internal', 'The voice has no durations.');
    const sound = { ...given, ...said, [noiseInput]: noiseOf(shape, noiseScale === 0 ? undefined : noise) };
    const [samples] = Object.values(await decoder.run(inputsOf(decoder, sound), undefined, options));
    const data = samples?.data;
    if (!(data instanceof Float32Array)) throw new FerrumError('Internal', 'The voice makes no float32 samples.');
    const utterance = { samples: data.slice(), durations: durations.slice() };
    samples?.dispose();
    return utterance;
  } finally {
    for (const tensor of Object.values(said)) tensor.dispose();
  }
}

/** Those of the values that a session reads. @throws FerrumError `InvalidFormat` when it wants others. */
function inputsOf(session: Session, given: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(
    [...session.inputs.keys()].map((name) => {
      const tensor = given[name];
      if (tensor) return [name, tensor];
      throw new FerrumError('InvalidFormat', `The voice's graph reads "${name}", which no Piper voice does.`);
    }),
  );
}

function noiseOf(shape: readonly number[], noise: GaussianNoise | undefined): Tensor<'float32'> {
  const tensor = Tensor.allocate('float32', shape);
  noise?.fill(tensor.data);
  return tensor;
}

/** Samples of a frame: told by a first, short run, which also warms the sessions. */
async function hopOf(encoder: Session, decoder: Session, config: PiperConfig, noiseShape: string): Promise<number> {
  const { before, after } = piperEnds(config);
  const { samples, durations } = await runHalves({ halves: { encoder, decoder, noiseShape } }, [...before, ...after], {
    speaker: 0,
    noiseScale: 0,
    durationNoiseScale: 0,
    lengthScale: 1,
    noise: undefined,
    signal: undefined,
  });
  const frames = durations.reduce((sum, frame) => sum + frame, 0);
  const hop = samples.length / frames;
  if (Number.isInteger(hop) && hop > 0) return hop;
  throw new FerrumError('InvalidFormat', `The voice made ${samples.length} samples of ${frames} frames.`);
}
