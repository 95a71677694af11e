import type { SpeechOptions } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { signalField } from '../call-options.js';
import { parse, withoutUndefined } from '../parse.js';

const schema = v.strictObject({
  voice: v.optional(v.pipe(v.string(), v.trim(), v.minLength(1, 'must name a voice'))),
  language: v.optional(v.pipe(v.string(), v.minLength(1, 'is empty'))),
  speed: v.optional(v.pipe(v.number(), v.minValue(0.25, 'must be at least 0.25'), v.maxValue(4, 'must be at most 4'))),
  seed: v.optional(v.pipe(v.number(), v.safeInteger('must be a whole number'), v.minValue(0, 'must be at least 0'))),
  chunkFrames: v.optional(
    v.pipe(v.number(), v.safeInteger('must be a whole number'), v.minValue(1, 'must be at least 1')),
  ),
  signal: signalField,
});

export type SpeechSettings = v.InferOutput<typeof schema>;

/** @throws FerrumError `InvalidParameter`; `Unsupported` for what no server can be sent */
export function checkSpeechOptions(options: SpeechOptions): SpeechSettings {
  const given = withoutUndefined(options);
  for (const [name, value] of Object.entries(given ?? {})) {
    if (name in neutral && neutral[name] === value) delete (given as Record<string, unknown>)[name];
    else if (unsupported.has(name)) {
      throw new FerrumError('Unsupported', `The API has no field for \`${name}\`; leave it out.`, {
        details: { parameter: name },
      });
    }
  }
  return parse(schema, given, 'The options', 'InvalidParameter');
}

/** Values that change nothing. */
const neutral: Readonly<Record<string, unknown>> = { wordTimestamps: false, emoji: 'drop', speed: 1 };

const unsupported: ReadonlySet<string> = new Set<keyof SpeechOptions>([
  ...(['wordTimestamps', 'noiseScale', 'durationNoiseScale', 'lengthScale', 'loudness'] as const),
  ...(['sentencePause', 'emoji'] as const),
]);
