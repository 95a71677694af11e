/** A WAV file of mono 16-bit samples: the 44-byte RIFF header of uncompressed PCM, then the samples. */
export function encodeWav(parts: readonly Int16Array[], sampleRate: number): Blob {
  const dataBytes = parts.reduce((sum, part) => sum + part.length * 2, 0);
  const file = new DataView(new ArrayBuffer(44 + dataBytes));
  const writeTag = (at: number, tag: string) => {
    for (let index = 0; index < 4; index += 1) file.setUint8(at + index, tag.charCodeAt(index));
  };
  writeTag(0, 'RIFF');
  file.setUint32(4, 36 + dataBytes, true);
  writeTag(8, 'WAVE');
  writeTag(12, 'fmt ');
  file.setUint32(16, 16, true);
  file.setUint16(20, 1, true); // Uncompressed.
  file.setUint16(22, 1, true); // Channels.
  file.setUint32(24, sampleRate, true);
  file.setUint32(28, sampleRate * 2, true);
  file.setUint16(32, 2, true);
  file.setUint16(34, 16, true);
  writeTag(36, 'data');
  file.setUint32(40, dataBytes, true);
  let at = 44;
  for (const part of parts) {
    for (const sample of part) {
      file.setInt16(at, sample, true);
      at += 2;
    }
  }
  return new Blob([file.buffer], { type: 'audio/wav' });
}
