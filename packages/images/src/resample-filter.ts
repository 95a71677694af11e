/** The filters of Pillow by its names, in the order of its numbers. */
export const resampleFilters = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'] as const;

export type ResampleFilter = (typeof resampleFilters)[number];

/** A weight by the distance from the middle, 0 from `support` on. Unit: pixels of the smaller picture. */
export interface FilterKernel {
  readonly support: number;
  readonly weight: (distance: number) => number;
}

/** `nearest` weighs nothing: it takes one pixel. */
export const filterKernels: Readonly<Record<Exclude<ResampleFilter, 'nearest'>, FilterKernel>> = {
  // Half open, so that a pixel on the border of two counts once.
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: { support: 1, weight: (x) => (Math.abs(x) < 1 ? sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x)) : 0) },
  bicubic: { support: 2, weight: cubic },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Keys 1981 with a = -0.5 (Catmull-Rom). */
function cubic(x: number): number {
  const distance = Math.abs(x);
  if (distance < 1) return (1.5 * distance - 2.5) * distance * distance + 1;
  if (distance < 2) return ((-0.5 * distance + 2.5) * distance - 4) * distance + 2;
  return 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
