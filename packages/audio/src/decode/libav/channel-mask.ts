/** As many as FFmpeg's mixing knows an arrangement for. */
export const mostChannels = 8;

/** What FFmpeg takes 1 to 8 channels for when a file does not say: mono, stereo, 2.1, 4.0, 5.0, 5.1, 6.1, 7.1. */
const usual: readonly number[] = [0x4, 0x3, 0xb, 0x107, 0x37, 0x3f, 0x70f, 0x63f];

/**
 * The arrangement to mix by, as a mask of loudspeakers in WAVE's numbering.
 * @param stated the file's own mask, 0 for none; one that does not fit the number of channels is ignored, as FFmpeg does
 * @returns 0 when there is none
 */
export function channelMaskOf(channels: number, stated: number): number {
  // Bits above 17 are no loudspeakers that mixing knows.
  if (stated > 0 && stated < 1 << 18 && bitsIn(stated) === channels) return stated;
  return usual[channels - 1] ?? 0;
}

function bitsIn(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}
