/** How much of the difficulty moves from the inputs to the weights (α of SmoothQuant, Xiao et al. 2023). */
const balance = 0.5;
/** An input that is near 0 in every sample may not be so in another text: it counts as this share of the mean. */
const leastShare = 1 / 8;

/**
 * By what each input is multiplied before it is rounded: less for those that are large, so that they do not set the scale of
 * all others. The weights are divided by the same.
 * @param weights of layers that read the inputs, each [outFeatures, inputs]
 * @param largest of each input, its magnitude over a sample
 */
export function smoothingFactors(weights: readonly Float32Array[], largest: Float32Array): Float32Array {
  const inputs = largest.length;
  const largestWeights = new Float32Array(inputs);
  for (const weight of weights) {
    for (let i = 0; i < weight.length; i++) {
      const magnitude = Math.abs(weight[i] as number);
      const column = i % inputs;
      if (magnitude > (largestWeights[column] as number)) largestWeights[column] = magnitude;
    }
  }
  const mean = largest.reduce((sum, magnitude) => sum + magnitude, 0) / inputs;
  return largest.map((magnitude, column) => {
    const weight = largestWeights[column] as number;
    const seen = Math.max(magnitude, leastShare * mean);
    return seen > 0 && weight > 0 ? weight ** (1 - balance) / seen ** balance : 1;
  });
}

/** @param weight [rows, factors] */
export function divideColumns(weight: Float32Array, factors: Float32Array): Float32Array {
  return weight.map((value, i) => value / (factors[i % factors.length] as number));
}
