/** 30 s at 16 kHz. */
const length = 30 * 16000;
/** −30 dBFS, as a root mean square. */
const level = 10 ** (-30 / 20);

export function whiteNoise(seed: number): Float32Array {
  const normal = normalNumbers(seed);
  return Float32Array.from({ length }, () => normal() * level);
}

/** Octaves of held noise, one changed at a time: Voss's method as McCartney has it. */
export function pinkNoise(seed: number): Float32Array {
  const normal = normalNumbers(seed);
  const octaves = Array.from({ length: 16 }, normal);
  const samples = Float32Array.from({ length }, (_, at) => {
    const octave = Math.min(15, at === 0 ? 0 : 31 - Math.clz32(at & -at));
    octaves[octave] = normal();
    return octaves.reduce((sum, value) => sum + value) + normal();
  });
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / length;
  return samples.map((sample) => (sample * level) / Math.sqrt(power));
}

/** Box and Muller 1958, over a linear congruential generator (Numerical Recipes). */
function normalNumbers(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
