import path from 'node:path';
import type { Voice } from '@ferrum/interfaces';
import { OnnxRuntime, type Session, Tensor } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import { kokoroFile } from '../import/import-job.js';
import { durationsOutput } from '../import/kokoro-import.js';
import { encodeKokoroPhonemes } from './kokoro-vocabulary.js';
import { type KokoroVoices, styleSize } from './kokoro-voices.js';
import type { EncodedPhonemes, LoadedVoice, Manner, SpeechModel, Utterance } from './speech-model.js';

export interface KokoroModelOptions {
  /** Of the converted graph. */
  readonly directory: string;
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly styles: KokoroVoices;
  readonly voices: readonly Voice[];
  readonly threads: number;
  readonly libraryPath: string | undefined;
}

/** In Hz. */
export const kokoroSampleRate = 24_000;
/** The context of 512 less the two ends. */
const maxIds = 510;

/** Kokoro-82M (StyleTTS 2, Li et al., 2023, with an iSTFTNet decoder). */
export class KokoroModel implements SpeechModel {
  readonly architecture = 'kokoro';
  readonly sampleRate = kokoroSampleRate;
  /** A predicted frame is 1/40 s. */
  readonly frameSamples = 600;
  readonly maxIds = maxIds;
  readonly leadingIds = 1;
  readonly hasNoise = false;
  readonly voices: readonly Voice[];
  readonly #names: InputNames;

  static async open(options: KokoroModelOptions): Promise<KokoroModel> {
    const { directory, threads, libraryPath } = options;
    const runtime = OnnxRuntime.load(libraryPath === undefined ? {} : { libraryPath });
    const session = await runtime.openSession(path.join(directory, kokoroFile), { intraOpThreads: threads });
    try {
      return new KokoroModel(options, session);
    } catch (error) {
      await session.dispose();
      throw error;
    }
  }

  private constructor(
    private readonly options: KokoroModelOptions,
    private readonly session: Session,
  ) {
    this.voices = options.voices;
    this.#names = inputNames(session);
  }

  async loadVoice(id: string | undefined): Promise<LoadedVoice> {
    const name = id ?? this.options.styles.first;
    const { styles, main } = await this.options.styles.styles(name);
    const language = this.voices.find((voice) => voice.id === main)?.language ?? 'en-US';
    return { id: name, language, key: { kind: 'style', styles } };
  }

  encode(phonemes: string): EncodedPhonemes {
    return encodeKokoroPhonemes(phonemes, this.options.vocabulary);
  }

  async synthesize(ids: readonly number[], manner: Manner, signal: AbortSignal | undefined): Promise<Utterance> {
    const { tokens, style, speed, speedType } = this.#names;
    const styles = manner.key.kind === 'style' ? manner.key.styles : new Float32Array(styleSize);
    // The n-th style is for n + 1 phonemes; a voice with fewer has its last for all that are longer.
    const row = Math.min(Math.max(ids.length, 1), styles.length / styleSize) - 1;
    const inputs = {
      [tokens]: Tensor.from('int64', [1, ids.length + 2], BigInt64Array.from([0, ...ids, 0], BigInt)),
      [style]: Tensor.from('float32', [1, styleSize], styles.slice(row * styleSize, (row + 1) * styleSize)),
      [speed]:
        speedType === 'float32'
          ? Tensor.from('float32', [1], Float32Array.of(manner.speed))
          : Tensor.from('float64', [1], Float64Array.of(manner.speed)),
    };
    const outputs = await this.session.run(inputs, undefined, signal ? { signal } : {});
    try {
      const durations = outputs[durationsOutput]?.data;
      const samples = Object.entries(outputs).find(([name]) => name !== durationsOutput)?.[1].data;
      if (samples instanceof Float32Array && durations instanceof Float32Array) {
        return { samples: samples.slice(), durations: durations.slice() };
      }
      throw new FerrumError('InvalidFormat', 'The Kokoro graph makes no float32 samples and durations.');
    } finally {
      for (const tensor of Object.values(outputs)) tensor.dispose();
    }
  }

  dispose(): Promise<void> {
    return this.session.dispose();
  }
}

interface InputNames {
  readonly tokens: string;
  readonly style: string;
  readonly speed: string;
  readonly speedType: 'float32' | 'float64';
}

/** Exports call the inputs differently (`tokens` or `input_ids`): their types and shapes tell them apart. */
function inputNames(session: Session): InputNames {
  const inputs = [...session.inputs.values()];
  const tokens = inputs.find(({ type }) => type === 'int64');
  const style = inputs.find(({ type, dims }) => type === 'float32' && dims.at(-1) === styleSize);
  const speed = inputs.find((input) => input !== tokens && input !== style);
  const speedType = speed?.type;
  if (tokens && style && speed && inputs.length === 3 && (speedType === 'float32' || speedType === 'float64')) {
    return { tokens: tokens.name, style: style.name, speed: speed.name, speedType };
  }
  const names = inputs.map(({ name }) => name).join(', ');
  throw new FerrumError(
    'InvalidFormat',
    `A Kokoro model reads tokens, a style of ${styleSize} values and a speed; this one reads ${names}.`,
  );
}
