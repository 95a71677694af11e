import type { SpeechOptions } from '@ferrum/interfaces';
import { describeIssue } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';

const positive = (most: number, unit = '') =>
  v.pipe(
    v.number(),
    v.finite(),
    v.gtValue(0, 'must be greater than 0'),
    v.maxValue(most, `must be at most ${most}${unit}`),
  );
const scale = (most: number) =>
  v.pipe(v.number(), v.finite(), v.minValue(0, 'must be at least 0'), v.maxValue(most, `must be at most ${most}`));
const wholeSeed = 'must be a whole number from 0 to 2^53 − 1';
const slowest = 0.25;
const fastest = 4;

const schema = v.strictObject({
  voice: v.optional(v.pipe(v.string(), v.trim(), v.minLength(1, 'must name a voice'))),
  language: v.optional(
    v.pipe(
      v.string(),
      v.transform((tag) => tag.replaceAll('_', '-')),
      v.check(isLanguageTag, 'must be a language tag (BCP 47) such as en-US'),
    ),
  ),
  speed: v.optional(
    v.pipe(
      v.number(),
      v.finite(),
      v.check((speed) => speed >= slowest && speed <= fastest, `must be from ${slowest} to ${fastest}`),
    ),
    1,
  ),
  seed: v.optional(v.pipe(v.number(), v.safeInteger(wholeSeed), v.minValue(0, wholeSeed))),
  chunkFrames: v.optional(v.pipe(v.number(), v.safeInteger('must be a whole number'), v.minValue(1))),
  wordTimestamps: v.optional(v.boolean(), false),
  noiseScale: v.optional(scale(5)),
  durationNoiseScale: v.optional(scale(2)),
  lengthScale: v.optional(positive(4)),
  loudness: v.optional(v.pipe(v.number(), v.finite(), v.gtValue(-70, 'must be above -70'), v.maxValue(-5))),
  sentencePause: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(10)), defaultSentencePause()),
  emoji: v.optional(v.picklist(['drop', 'name']), 'drop'),
  signal: v.optional(v.instance(AbortSignal)),
});

export type SpeechSettings = v.InferOutput<typeof schema>;

/** @throws FerrumError `InvalidParameter` naming the option. */
export function checkSpeechOptions(options: SpeechOptions): SpeechSettings {
  const isObject = typeof options === 'object' && options !== null;
  const given = isObject
    ? Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
    : options;
  const result = v.safeParse(schema, given, { abortEarly: true });
  if (result.success) return result.output;
  const { field, message } = describeIssue(result.issues);
  throw new FerrumError('InvalidParameter', `${field ? `${field}: ` : 'The options: '}${message}.`, {
    details: { parameter: field || 'options' },
  });
}

/** About what a reader makes between sentences, in seconds. */
function defaultSentencePause(): number {
  return 0.3;
}

function isLanguageTag(tag: string): boolean {
  try {
    return new Intl.Locale(tag).language.length > 0;
  } catch {
    return false;
  }
}
