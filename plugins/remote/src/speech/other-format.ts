/**
 * What the first bytes of an answer are, for people, where they are no bare samples; `unclear` where more of them would tell.
 * Samples may begin with any bytes, so it takes more than a few bits: FF FF is silence as well as the start of an MP3 frame.
 */
export function otherFormat(bytes: Uint8Array): string | 'unclear' | undefined {
  const text = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  const known = signatures.find(([signature]) => signature.test(text));
  if (known !== undefined) return known[1];
  const frame = frameOf(bytes);
  if (frame === undefined) return bytes.length < headLength ? 'unclear' : undefined;
  const next = bytes.subarray(frame.length, frame.length + 2);
  if (next.length < 2) return 'unclear';
  // One frame after the other is no chance.
  return next[0] === bytes[0] && next[1] === bytes[1] ? frame.name : undefined;
}

/** Bytes that tell a format, or the length of a frame. */
const headLength = 7;

const signatures: readonly (readonly [signature: RegExp, name: string])[] = [
  [/^RIFF/, 'a WAV file'],
  [/^ID3/, 'an MP3 file'],
  [/^OggS/, 'an Ogg file'],
  [/^fLaC/, 'a FLAC file'],
  [/^\s*<[a-z!?]/i, 'a page of HTML or XML'],
  [/^\s*\{\s*"/, 'JSON'],
];

interface Frame {
  readonly name: string;
  /** In bytes, its head included. */
  readonly length: number;
}

/** The frame of MP3 (ISO 11172-3 and 13818-3, 2.4.1.3) or of AAC (ADTS, ISO 13818-7, 6.2) that begins here. */
function frameOf(bytes: Uint8Array): Frame | undefined {
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0] = bytes;
  if (bytes.length < headLength || first !== 0xff || (second & 0xe0) !== 0xe0) return undefined;
  const version = (second >> 3) & 3;
  const layer = (second >> 1) & 3;
  if (layer === 0) {
    const length = ((fourth & 3) << 11) | (fifth << 3) | (sixth >> 5);
    return (second & 0xf0) === 0xf0 && length > headLength ? { name: 'AAC', length } : undefined;
  }
  const rate = sampleRates[(third >> 2) & 3];
  const bitRate = bitRates[version === 3 ? 'first' : 'second'][third >> 4];
  if (layer !== 1 || version === 1 || rate === undefined || bitRate === undefined) return undefined;
  // Samples of a frame over 8, in kilobits.
  const factor = version === 3 ? 144_000 : 72_000;
  const slower = version === 3 ? 1 : version === 2 ? 2 : 4;
  return { name: 'MP3', length: Math.floor((factor * bitRate * slower) / rate) + ((third >> 1) & 1) };
}

/** In Hz, of MPEG-1; of MPEG-2 they are half of it, of MPEG-2.5 a quarter. */
const sampleRates: readonly number[] = [44_100, 48_000, 32_000];

/** In kbit/s, of layer III. */
const bitRates = {
  first: [undefined, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  second: [undefined, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const;
