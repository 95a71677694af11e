/** Mono audio at 16 kHz that is read in pieces, so that it need not be in memory at once. */
export interface Waveform {
  readonly sampleRate: 16000;
  /** In samples. */
  readonly length: number;
  /** In seconds. */
  readonly duration: number;
  /**
   * Samples [start, end), −1 to 1; 0 outside the audio. `into` has exactly that length and is returned.
   */
  read(start: number, end: number, into?: Float32Array): Float32Array;
}
