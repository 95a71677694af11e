/** The signal of fixtures/make-probabilities.py: a buzz that comes and goes, in noise. */
export function voiceLike(length: number, seed: number): Float32Array {
  let state = seed;
  let phase = 0;
  return Float32Array.from({ length }, (_, index) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const noise = state / 2 ** 31 - 1;
    const turn = (2 * Math.PI * index) / 16000;
    phase += (120 + 40 * Math.sin(0.7 * turn)) / 16000;
    const loudness = Math.max(0, Math.sin(0.45 * turn)) * (0.6 + 0.4 * Math.sin(4 * turn));
    let buzz = 0;
    for (let harmonic = 1; harmonic < 12; harmonic++) buzz += Math.sin(2 * Math.PI * phase * harmonic) / harmonic;
    return 0.25 * loudness * buzz + 0.003 * noise;
  });
}
