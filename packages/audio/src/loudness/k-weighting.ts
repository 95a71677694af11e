/** One section of second order: y[n] = b0·x[n] + b1·x[n−1] + b2·x[n−2] − a1·y[n−1] − a2·y[n−2]. */
export interface Section {
  readonly b: readonly [number, number, number];
  readonly a: readonly [number, number];
}

/**
 * The two sections of ITU-R BS.1770-4's K-weighting (annex 1, tables 1 and 2), which the recommendation gives for
 * 48 kHz, at any sample rate: a high shelf of about 4 dB for the head, then a high pass. The analogue values that the
 * tables come from are those of B. De Man, "Evaluation of Implementations of the EBU R128 Loudness Measurement",
 * AES 145 (2018); at 48 kHz they give the tables back.
 *
 * @param sampleRate in Hz
 */
export function kWeighting(sampleRate: number): readonly [Section, Section] {
  return [highShelf(sampleRate), highPass(sampleRate)];
}

function highShelf(sampleRate: number): Section {
  const quality = 0.7071752369554196;
  const high = 10 ** (3.999843853973347 / 20);
  const band = high ** 0.4996667741545416;
  const k = Math.tan((Math.PI * Math.min(1681.974450955533, highestShare * sampleRate)) / sampleRate);
  const scale = 1 + k / quality + k * k;
  return {
    b: [
      (high + (band * k) / quality + k * k) / scale,
      (2 * (k * k - high)) / scale,
      (high - (band * k) / quality + k * k) / scale,
    ],
    a: [(2 * (k * k - 1)) / scale, (1 - k / quality + k * k) / scale],
  };
}

function highPass(sampleRate: number): Section {
  const quality = 0.5003270373238773;
  const hertz = 38.13547087602444;
  const k = Math.tan((Math.PI * hertz) / sampleRate);
  const scale = 1 + k / quality + k * k;
  // The tables leave the numerator unscaled, which raises all by 0.04 dB at 48 kHz. The same is done at every rate.
  const k48 = Math.tan((Math.PI * hertz) / 48_000);
  const b = (1 + k48 / quality + k48 * k48) / scale;
  return { b: [b, -2 * b, b], a: [(2 * (k * k - 1)) / scale, (1 - k / quality + k * k) / scale] };
}

/** Below 4 kHz the shelf would lie beyond what the samples can hold. */
const highestShare = 0.45;

/** Filters mono samples piece by piece. */
export class KFilter {
  readonly #sections: readonly [Section, Section];
  /** Of each section the two values that it remembers (transposed direct form II). */
  #memory: readonly [number, number, number, number] = [0, 0, 0, 0];

  constructor(sampleRate: number) {
    this.#sections = kWeighting(sampleRate);
  }

  /** As many values as there are samples. */
  apply(samples: Float32Array): Float64Array {
    const [shelf, pass] = this.#sections;
    const [s0, s1, s2] = shelf.b;
    const [s3, s4] = shelf.a;
    const [p0, p1, p2] = pass.b;
    const [p3, p4] = pass.a;
    let [m0, m1, m2, m3] = this.#memory;
    const result = new Float64Array(samples.length);
    for (let index = 0; index < samples.length; index++) {
      const x = samples[index] ?? 0;
      const y = s0 * x + m0;
      m0 = s1 * x - s3 * y + m1;
      m1 = s2 * x - s4 * y;
      const z = p0 * y + m2;
      m2 = p1 * y - p3 * z + m3;
      m3 = p2 * y - p4 * z;
      result[index] = z;
    }
    this.#memory = [m0, m1, m2, m3];
    return result;
  }
}
