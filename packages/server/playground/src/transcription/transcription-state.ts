import { signal } from '@preact/signals';
import { callApi, callJson, isAbort } from '../api/client.js';
import { announce } from '../components/announcer.js';
import { saveFile } from '../components/save-file.js';
import { isEnglishOnly } from './languages.js';
import { playableRecording } from './playable.js';
import { type Recording, startRecording } from './recorder.js';
import { clockTime, type VerboseTranscript } from './words.js';

/** The audio that was chosen: what is sent, and an address of what the page plays. */
export interface ChosenAudio {
  readonly file: File;
  readonly url: string;
}

/** The code of the language spoken; empty to have it detected. */
export const language = signal('');
export const audio = signal<ChosenAudio | undefined>(undefined);
export const transcript = signal<VerboseTranscript | undefined>(undefined);
export const phase = signal<'idle' | 'recording' | 'transcribing'>('idle');
export const problem = signal<Error | undefined>(undefined);
export const saveProblem = signal<Error | undefined>(undefined);

let recording: Recording | undefined;
let running: AbortController | undefined;

/** Takes a file and, with a model, transcribes it. */
export async function choose(file: File, model: string | undefined, playable: Blob = file): Promise<void> {
  cancel();
  if (audio.value) URL.revokeObjectURL(audio.value.url);
  audio.value = { file, url: URL.createObjectURL(playable) };
  transcript.value = undefined;
  problem.value = undefined;
  if (model !== undefined) await transcribe(model);
}

/** Sends the chosen audio; the transcript comes with times of words and segments. */
export async function transcribe(model: string): Promise<void> {
  const chosen = audio.value;
  if (!chosen || phase.value === 'transcribing') return;
  const controller = new AbortController();
  running = controller;
  phase.value = 'transcribing';
  problem.value = undefined;
  announce('Transcribing.');
  try {
    const form = requestForm(chosen.file, model, 'verbose_json');
    form.append('timestamp_granularities[]', 'word');
    form.append('timestamp_granularities[]', 'segment');
    const answer = await callJson<VerboseTranscript>('v1/audio/transcriptions', {
      body: form,
      signal: controller.signal,
    });
    transcript.value = answer;
    announce(`Transcript of ${clockTime(answer.duration)}: ${answer.text}`);
  } catch (error) {
    if (isAbort(error)) announce('Cancelled.');
    else problem.value = error as Error;
  } finally {
    if (running === controller) {
      running = undefined;
      phase.value = 'idle';
    }
  }
}

/** Gives up the running transcription. */
export function cancel(): void {
  running?.abort();
  running = undefined;
  phase.value = 'idle';
}

/** Begins to record the microphone. */
export async function record(): Promise<void> {
  problem.value = undefined;
  try {
    recording = await startRecording();
    phase.value = 'recording';
    announce('Recording.');
  } catch (error) {
    problem.value = error as Error;
  }
}

/** Ends the recording and transcribes it. */
export async function endRecording(model: string | undefined): Promise<void> {
  const ended = recording;
  recording = undefined;
  phase.value = 'idle';
  if (!ended) return;
  const blob = await ended.stop();
  const type = blob.type.split(';')[0] ?? '';
  const file = new File([blob], `recording.${type.endsWith('mp4') ? 'mp4' : type.endsWith('ogg') ? 'ogg' : 'webm'}`, {
    type,
  });
  try {
    await choose(file, model, await playableRecording(blob));
  } catch {
    problem.value = new Error('The recording holds no sound that this browser can decode. Record for longer.');
  }
}

/** Saves the transcript. Plain text is made here, subtitles by the server, which knows their line rules. */
export async function download(format: 'txt' | 'srt' | 'vtt', model: string): Promise<void> {
  const chosen = audio.value;
  const made = transcript.value;
  if (!chosen || !made) return;
  saveProblem.value = undefined;
  const name = `${chosen.file.name.replace(/\.[^.]*$/, '')}.${format}`;
  try {
    if (format === 'txt') {
      const lines = made.segments?.map(({ text }) => text.trim()) ?? [made.text];
      saveFile(new Blob([`${lines.join('\n')}\n`], { type: 'text/plain' }), name);
      return;
    }
    announce(`Asking the server for ${format}.`);
    const response = await callApi('v1/audio/transcriptions', { body: requestForm(chosen.file, model, format) });
    saveFile(await response.blob(), name);
  } catch (error) {
    saveProblem.value = error as Error;
  }
}

function requestForm(file: File, model: string, format: string): FormData {
  const form = new FormData();
  // Fields before the file: a server that streams the upload has read them when the file begins.
  form.append('model', model);
  form.append('response_format', format);
  if (language.value !== '' && !isEnglishOnly(model)) form.append('language', language.value);
  form.append('file', file);
  return form;
}
