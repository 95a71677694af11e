import { toInt16 } from '../speech/pcm.js';
import { encodeWav } from '../speech/wav.js';

/**
 * A recording as WAV, first channel only: the files of MediaRecorder carry no length, so an audio element cannot move
 * about in them.
 */
export async function playableRecording(recording: Blob): Promise<Blob> {
  const context = new AudioContext();
  try {
    const audio = await context.decodeAudioData(await recording.arrayBuffer());
    return encodeWav([toInt16(audio.getChannelData(0))], audio.sampleRate);
  } finally {
    await context.close();
  }
}
