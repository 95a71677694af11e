/** How the numbers of a tensor are stored: plain types, ggml's block-quantised ones (`Q…`, `IQ…`), and groups (`GroupType`). */
export type WeightType = keyof typeof blockLayouts;

/** `blockSize` values are stored together in `blockBytes` bytes. Plain types have blocks of one value. */
export interface BlockLayout {
  readonly blockSize: number;
  readonly blockBytes: number;
}

/**
 * Layers of GPTQ and AWQ as `ungroupWeights` reads them: groups of 16 to 128 quants q of 4 or 8 bits along a row, q of an even
 * column in the low nibble. `S` is symmetric: float32 scale, quants: scale · (q − 2^(bits − 1)). `U` is not: float32 scale,
 * float32 minimum, quants: scale · q + minimum. No file names these types.
 */
export type GroupType = `${'S' | 'U'}${4 | 8}_${16 | 32 | 64 | 128}`;

const groupLayouts = Object.fromEntries(
  [4, 8].flatMap((bits) =>
    [16, 32, 64, 128].flatMap((blockSize) => {
      const quantBytes = (blockSize * bits) / 8;
      return [
        [`S${bits}_${blockSize}`, { blockSize, blockBytes: 4 + quantBytes }],
        [`U${bits}_${blockSize}`, { blockSize, blockBytes: 8 + quantBytes }],
      ];
    }),
  ),
) as Record<GroupType, BlockLayout>;

/** Source of ggml's quantised layouts: ggml-common.h. */
export const blockLayouts = {
  ...groupLayouts,
  F64: { blockSize: 1, blockBytes: 8 },
  F32: { blockSize: 1, blockBytes: 4 },
  F16: { blockSize: 1, blockBytes: 2 },
  BF16: { blockSize: 1, blockBytes: 2 },
  F8_E4M3: { blockSize: 1, blockBytes: 1 },
  F8_E5M2: { blockSize: 1, blockBytes: 1 },
  F8_E8M0: { blockSize: 1, blockBytes: 1 },
  I64: { blockSize: 1, blockBytes: 8 },
  I32: { blockSize: 1, blockBytes: 4 },
  I16: { blockSize: 1, blockBytes: 2 },
  I8: { blockSize: 1, blockBytes: 1 },
  U64: { blockSize: 1, blockBytes: 8 },
  U32: { blockSize: 1, blockBytes: 4 },
  U16: { blockSize: 1, blockBytes: 2 },
  U8: { blockSize: 1, blockBytes: 1 },
  BOOL: { blockSize: 1, blockBytes: 1 },
  C64: { blockSize: 1, blockBytes: 8 },
  Q4_0: { blockSize: 32, blockBytes: 18 },
  Q4_1: { blockSize: 32, blockBytes: 20 },
  Q5_0: { blockSize: 32, blockBytes: 22 },
  Q5_1: { blockSize: 32, blockBytes: 24 },
  Q8_0: { blockSize: 32, blockBytes: 34 },
  Q2_K: { blockSize: 256, blockBytes: 84 },
  Q3_K: { blockSize: 256, blockBytes: 110 },
  Q4_K: { blockSize: 256, blockBytes: 144 },
  Q5_K: { blockSize: 256, blockBytes: 176 },
  Q6_K: { blockSize: 256, blockBytes: 210 },
  IQ4_NL: { blockSize: 32, blockBytes: 18 },
  IQ4_XS: { blockSize: 256, blockBytes: 136 },
} as const satisfies Record<string, BlockLayout>;

/**
 * Bytes of a tensor of these dimensions (row-major, outermost first). Undefined when the number is not a safe integer or
 * when a row is not a whole number of blocks.
 */
export function tensorByteLength(type: WeightType, dims: readonly number[]): number | undefined {
  const { blockSize, blockBytes } = blockLayouts[type];
  let blocks = (dims.at(-1) ?? 1) / blockSize;
  if (!Number.isInteger(blocks)) return undefined;
  // Products in doubles are exact while they are safe integers; beyond that they only need to be seen as too large. A
  // dimension of 0 must not hide an overflow of the others, so it is multiplied in last.
  let hasZero = blocks === 0;
  if (hasZero) blocks = 1;
  for (const dim of dims.slice(0, -1)) {
    if (dim === 0) hasZero = true;
    else blocks *= dim;
    if (blocks * blockBytes > Number.MAX_SAFE_INTEGER) return undefined;
  }
  const byteLength = blocks * blockBytes;
  if (byteLength > Number.MAX_SAFE_INTEGER) return undefined;
  return hasZero ? 0 : byteLength;
}

/** What the name of a `GroupType` says; undefined for other types. */
export function groupTypeParts(type: string): GroupTypeParts | undefined {
  const match = /^([SU])([48])_(16|32|64|128)$/.exec(type);
  if (!match) return undefined;
  return { isSymmetric: match[1] === 'S', bits: match[2] === '4' ? 4 : 8, blockSize: Number(match[3]) };
}

export interface GroupTypeParts {
  readonly isSymmetric: boolean;
  readonly bits: 4 | 8;
  readonly blockSize: number;
}
