import { parseShape, readJsonFile } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';

/** What a Piper voice says of itself, in `<voice>.onnx.json`. */
export interface PiperConfig {
  /** In Hz. */
  readonly sampleRate: number;
  /** BCP 47. */
  readonly language: string;
  /** Ids of each phoneme, a code point in NFD. */
  readonly phonemeIds: ReadonlyMap<string, readonly number[]>;
  /** By name; empty for a single speaker. */
  readonly speakers: ReadonlyMap<string, number>;
  readonly noiseScale: number;
  readonly durationNoiseScale: number;
  readonly lengthScale: number;
  /** Whose voice, as the data set is called. */
  readonly dataset: string | undefined;
}

const scale = v.pipe(v.number(), v.finite(), v.minValue(0));
const id = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1));

/** Piper's largest voice has 904. */
const mostSpeakers = 100_000;

const schema = v.object({
  audio: v.object({ sample_rate: v.pipe(v.number(), v.integer(), v.minValue(1000), v.maxValue(192_000)) }),
  espeak: v.optional(v.object({ voice: v.optional(v.string()) })),
  language: v.optional(v.object({ code: v.optional(v.string()) })),
  inference: v.optional(
    v.object({ noise_scale: v.optional(scale), length_scale: v.optional(scale), noise_w: v.optional(scale) }),
  ),
  phoneme_type: v.optional(v.string(), 'espeak'),
  phoneme_id_map: v.record(v.string(), v.array(id)),
  num_speakers: v.optional(v.pipe(id, v.maxValue(mostSpeakers)), 1),
  speaker_id_map: v.optional(v.record(v.string(), id), {}),
  dataset: v.optional(v.nullable(v.string())),
});

/**
 * Reads a voice's settings.
 * @throws FerrumError `NotFound`, `IO`; `InvalidFormat` when it is not that of a voice; `Unsupported` for phonemes that are
 * not espeak-ng's or plain text.
 */
export async function readPiperConfig(file: string): Promise<PiperConfig> {
  const config = parseShape(schema, await readJsonFile(file), file);
  const { phoneme_type: phonemeType, phoneme_id_map: ids, inference = {} } = config;
  if (phonemeType !== 'espeak') {
    throw new FerrumError(
      'Unsupported',
      `${file}: the voice reads phonemes of the type "${phonemeType}"; only "espeak" is supported.`,
    );
  }
  for (const mark of ['^', '_', '$']) {
    if (ids[mark]?.length) continue;
    throw new FerrumError('InvalidFormat', `${file}: phoneme_id_map has no id for "${mark}".`);
  }
  const named = Object.entries(config.speaker_id_map);
  const speakers =
    named.length > 0 ? named : Array.from({ length: config.num_speakers }, (_, id) => [`${id}`, id] as const);
  return {
    sampleRate: config.audio.sample_rate,
    language: languageOf(config.language?.code ?? config.espeak?.voice ?? 'en-US'),
    phonemeIds: new Map(Object.entries(ids)),
    speakers: new Map(config.num_speakers > 1 ? speakers : []),
    noiseScale: inference.noise_scale ?? 0.667,
    durationNoiseScale: inference.noise_w ?? 0.8,
    lengthScale: inference.length_scale || 1,
    dataset: config.dataset ?? undefined,
  };
}

/** `en_US` and `en-us` are `en-US`; what is no language tag is left as it is. */
function languageOf(code: string): string {
  try {
    return new Intl.Locale(code.replaceAll('_', '-')).toString();
  } catch {
    return code;
  }
}
