/** The curve of fixtures/make-spans.py: probabilities of speech, one for every 512 samples. */
export function randomCurve(length: number, seed: number, longestRun: number): Float32Array {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
  const windows = Math.floor(length / 512) + 1;
  const values: number[] = [];
  while (values.length < windows) {
    const kind = next() % 3;
    const level = next() % 1001;
    const run = 1 + (next() % longestRun);
    for (let window = 0; window < run; window++) values.push([0, 1000, level][kind] ?? 0);
  }
  return Float32Array.from(values.slice(0, windows), (value) => value / 1000);
}
