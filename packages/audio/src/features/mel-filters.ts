/**
 * Triangular filters evenly spaced on Slaney's mel scale from 0 to 8000 Hz, each of area 1 (M. Slaney, Auditory Toolbox,
 * 1998): those Whisper was trained with. For a transform of 400 samples at 16 kHz.
 * @returns [melBins, 201], row-major
 */
export function melFilters(melBins: number): Float64Array {
  const step = hertzToMel(highestHertz) / (melBins + 1);
  const corners = Float64Array.from({ length: melBins + 2 }, (_, index) => melToHertz(index * step));
  const filters = new Float64Array(melBins * spectrumBins);
  for (let mel = 0; mel < melBins; mel++) {
    const [left = 0, centre = 0, right = 0] = corners.subarray(mel, mel + 3);
    for (let bin = 0; bin < spectrumBins; bin++) {
      const hertz = bin * hertzPerBin;
      const height = Math.min((hertz - left) / (centre - left), (right - hertz) / (right - centre));
      filters[mel * spectrumBins + bin] = (Math.max(0, height) * 2) / (right - left);
    }
  }
  return filters;
}

/** Frequencies of a real transform of 400 samples: 0, 40, … 8000 Hz. */
export const spectrumBins = 201;

const highestHertz = 8000;
const hertzPerBin = 40;

// Linear up to 1000 Hz, then logarithmic: 27 mel for each factor of 6.4.
const hertzPerMel = 200 / 3;
const linearHertz = 1000;
const linearMel = linearHertz / hertzPerMel;
const logStep = Math.log(6.4) / 27;

function hertzToMel(hertz: number): number {
  return hertz < linearHertz ? hertz / hertzPerMel : linearMel + Math.log(hertz / linearHertz) / logStep;
}

function melToHertz(mel: number): number {
  return mel < linearMel ? mel * hertzPerMel : linearHertz * Math.exp((mel - linearMel) * logStep);
}
