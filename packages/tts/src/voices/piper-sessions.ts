import path from 'node:path';
import { OnnxRuntime, readModel, type Session, Tensor } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import { decoderFile, encoderFile } from '../import/import-job.js';
import { durationNoiseInput, durationsOutput, noiseInput, noiseShapeKey } from '../import/piper-import.js';
import type { GaussianNoise } from './gaussian-noise.js';
import type { Utterance } from './speech-model.js';

export interface PiperRun {
  /** With those at both ends. */
  readonly ids: readonly number[];
  readonly speaker: number | undefined;
  readonly noiseScale: number;
  readonly durationNoiseScale: number;
  readonly lengthScale: number;
  /** Undefined when both scales are 0. */
  readonly noise: GaussianNoise | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The two halves of a VITS voice, open. Runs may overlap. */
export class PiperSessions {
  static async open(directory: string, threads: number, libraryPath: string | undefined): Promise<PiperSessions> {
    const runtime = OnnxRuntime.load(libraryPath === undefined ? {} : { libraryPath });
    const options = { intraOpThreads: threads };
    const { metadata } = await readModel(path.join(directory, encoderFile));
    const encoder = await runtime.openSession(path.join(directory, encoderFile), options);
    try {
      const decoder = await runtime.openSession(path.join(directory, decoderFile), options);
      return new PiperSessions(encoder, decoder, metadata.get(noiseShapeKey) ?? '');
    } catch (error) {
      await encoder.dispose();
      throw error;
    }
  }

  private constructor(
    private readonly encoder: Session,
    private readonly decoder: Session,
    private readonly noiseShape: string,
  ) {}

  /** @throws FerrumError `Cancelled`, `Backend`; `InvalidFormat` for a graph that is not a Piper voice's. */
  async run({
    ids,
    speaker,
    noiseScale,
    durationNoiseScale,
    lengthScale,
    noise,
    signal,
  }: PiperRun): Promise<Utterance> {
    const options = signal ? { signal } : {};
    const given: Record<string, Tensor> = {
      input: Tensor.from('int64', [1, ids.length], BigInt64Array.from(ids, BigInt)),
      input_lengths: Tensor.from('int64', [1], BigInt64Array.of(BigInt(ids.length))),
      scales: Tensor.from('float32', [3], Float32Array.of(noiseScale, lengthScale, durationNoiseScale)),
      sid: Tensor.from('int64', [1], BigInt64Array.of(BigInt(speaker ?? 0))),
      [durationNoiseInput]: noiseOf([1, 2, ids.length], durationNoiseScale === 0 ? undefined : noise),
    };
    const said = await this.encoder.run(inputsOf(this.encoder, given), undefined, options);
    try {
      const durations = said[durationsOutput]?.data;
      const shape = said[this.noiseShape]?.dims;
      if (!(durations instanceof Float32Array) || !shape) {
        throw new FerrumError('InvalidFormat', "The voice's graph predicts no durations.");
      }
      requireBearable(durations);
      const sound = { ...given, ...said, [noiseInput]: noiseOf(shape, noiseScale === 0 ? undefined : noise) };
      const [samples] = Object.values(await this.decoder.run(inputsOf(this.decoder, sound), undefined, options));
      const data = samples?.data;
      if (!(data instanceof Float32Array)) {
        throw new FerrumError('InvalidFormat', "The voice's graph makes no float32 samples.");
      }
      const utterance = { samples: data.slice(), durations: durations.slice() };
      samples?.dispose();
      return utterance;
    } finally {
      for (const tensor of Object.values(said)) tensor.dispose();
    }
  }

  async dispose(): Promise<void> {
    await Promise.all([this.encoder.dispose(), this.decoder.dispose()]);
  }
}

/** Three minutes of Piper's frames: no sentence lasts as long, and the memory of a run grows with it. */
const mostFrames = 15_000;

/** @throws FerrumError `InvalidParameter`. */
function requireBearable(durations: Float32Array): void {
  const frames = durations.reduce((sum, duration) => sum + duration, 0);
  if (frames <= mostFrames) return;
  const message = `The voice would say a sentence in ${frames} frames, more than ${mostFrames}: lower lengthScale or durationNoiseScale, or raise speed.`;
  throw new FerrumError('InvalidParameter', message, { details: { parameter: 'lengthScale' } });
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
