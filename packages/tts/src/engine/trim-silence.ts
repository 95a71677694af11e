/** Where the speech in a stretch of samples is, with a margin: from `start` up to before `end`. */
export interface SpeechRange {
  readonly start: number;
  readonly end: number;
}

const windowSeconds = 0.005;
/** A soft consonant is some 40 dB below the loudest vowel; the hiss of a voice's silence lies lower. */
const belowPeak = 10 ** (-45 / 20);
/** −60 dBFS: nothing quieter than this is speech. */
const faintest = 1e-3;
/** What is left of the silence at each side: the onset of a sound is softer than the sound. */
const marginSeconds = { before: 0.03, after: 0.06 };

/**
 * Finds the silence that models make before and after what they say, which differs from model to model; pauses are made by
 * the engine instead.
 */
export function speechRange(samples: Float32Array, sampleRate: number): SpeechRange {
  const size = Math.max(1, Math.round(windowSeconds * sampleRate));
  const levels = rootMeanSquares(samples, size);
  let loudest = 0;
  for (const level of levels) loudest = Math.max(loudest, level);
  const threshold = Math.max(faintest, loudest * belowPeak);
  const first = levels.findIndex((level) => level > threshold);
  if (first < 0) return { start: 0, end: samples.length };
  const last = levels.findLastIndex((level) => level > threshold);
  return {
    start: Math.max(0, first * size - Math.round(marginSeconds.before * sampleRate)),
    end: Math.min(samples.length, (last + 1) * size + Math.round(marginSeconds.after * sampleRate)),
  };
}

function rootMeanSquares(samples: Float32Array, size: number): Float32Array {
  const levels = new Float32Array(Math.ceil(samples.length / size));
  for (let index = 0; index < levels.length; index += 1) {
    const end = Math.min(samples.length, (index + 1) * size);
    let sum = 0;
    for (let at = index * size; at < end; at += 1) sum += (samples[at] as number) ** 2;
    levels[index] = Math.sqrt(sum / (end - index * size));
  }
  return levels;
}

/** In seconds; short beside a margin. */
const fadeSeconds = 0.01;

/** A copy of the range that rises from and falls to 0, as a raised cosine: joined to silence it makes no click. */
export function faded(samples: Float32Array, { start, end }: SpeechRange, sampleRate: number): Float32Array {
  const result = samples.slice(start, end);
  const length = Math.min(Math.round(fadeSeconds * sampleRate), Math.floor(result.length / 2));
  for (let index = 0; index < length; index += 1) {
    const gain = 0.5 - 0.5 * Math.cos((Math.PI * index) / length);
    const mirror = result.length - 1 - index;
    result[index] = (result[index] as number) * gain;
    result[mirror] = (result[mirror] as number) * gain;
  }
  return result;
}
