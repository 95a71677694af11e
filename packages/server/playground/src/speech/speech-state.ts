import { signal } from '@preact/signals';
import { callApi, isAbort } from '../api/client.js';
import { announce } from '../components/announcer.js';
import { type NumberRule, numberProblem, readNumber } from '../components/number-field.js';
import { saveFile } from '../components/save-file.js';
import { pcmSampleRate } from './pcm.js';
import { PcmPlayer } from './pcm-player.js';
import { encodeWav } from './wav.js';

/** OpenAI's limit of `input`, in characters. */
export const mostCharacters = 4096;

export const formats = ['wav', 'mp3', 'opus', 'aac', 'flac'] as const;

/** What was said last: enough to ask for it again in another format. */
export interface Spoken {
  readonly request: { readonly model: string; readonly voice: string; readonly input: string; readonly speed?: number };
  readonly wav: Blob;
  readonly url: string;
}

/** How far the speech is. */
export interface SpeechProgress {
  readonly phase: 'idle' | 'waiting' | 'playing';
  /** True from the moment the server has sent everything. */
  readonly made: boolean;
  readonly madeSeconds: number;
  readonly firstSoundMs?: number;
  readonly gaps: number;
}

export const speechText = signal('Hello! This sentence is spoken while the rest of it is still being made.');
export const speedText = signal('');
export const speedRule: NumberRule = { label: 'Speed', min: 0.25, max: 4 };
export const format = signal<(typeof formats)[number]>('wav');
export const progress = signal<SpeechProgress>({ phase: 'idle', made: false, madeSeconds: 0, gaps: 0 });
export const spoken = signal<Spoken | undefined>(undefined);
export const speechProblem = signal<Error | undefined>(undefined);
export const saveProblem = signal<Error | undefined>(undefined);

let running: AbortController | undefined;

/** Speaks the text; the sound begins with the first piece that arrives. */
export async function speak(model: string, voice: string): Promise<void> {
  if (running) return;
  const input = speechText.value.trim();
  speechProblem.value = inputProblem(input);
  if (speechProblem.value) return;
  const speed = readNumber(speedText.value);
  const request = { model, voice, input, ...(speed !== undefined && { speed }) };
  const controller = new AbortController();
  running = controller;
  forget();
  progress.value = { phase: 'waiting', made: false, madeSeconds: 0, gaps: 0 };
  announce('Making speech.');
  const sentAt = performance.now();
  const player = new PcmPlayer();
  try {
    const response = await callApi('v1/audio/speech', {
      body: { ...request, response_format: 'pcm' },
      signal: controller.signal,
    });
    if (!response.body) throw new Error('The server sent no sound.');
    const reader = response.body.getReader();
    for (let made = false; !made; ) {
      const { done, value } = await reader.read();
      made = done;
      player.add(done ? null : value);
      showProgress(player, sentAt, made);
    }
    if (player.madeSeconds === 0) throw new Error('The server sent no sound.');
    const wav = encodeWav(player.parts, pcmSampleRate);
    spoken.value = { request, wav, url: URL.createObjectURL(wav) };
    await player.ended(controller.signal);
    announce(controller.signal.aborted ? 'Stopped.' : 'Speech ended.');
  } catch (error) {
    if (isAbort(error)) announce('Stopped.');
    else speechProblem.value = error as Error;
  } finally {
    await player.close();
    running = undefined;
    progress.value = { ...progress.value, phase: 'idle' };
  }
}

/** Stops the sound and the request. */
export function stopSpeech(): void {
  running?.abort();
}

/** Saves what was said: WAV from what was played, another format from the server. */
export async function saveSpeech({ request, wav }: Spoken): Promise<void> {
  saveProblem.value = undefined;
  const name = `speech.${format.value}`;
  try {
    if (format.value === 'wav') saveFile(wav, name);
    else {
      announce(`Asking the server for ${format.value}.`);
      const response = await callApi('v1/audio/speech', { body: { ...request, response_format: format.value } });
      saveFile(await response.blob(), name);
    }
  } catch (error) {
    saveProblem.value = error as Error;
  }
}

function inputProblem(input: string): Error | undefined {
  if (input === '') return new Error('Write what is to be said.');
  if (input.length > mostCharacters) {
    return new Error(`The text has ${input.length} characters; ${mostCharacters} are allowed at once.`);
  }
  const problem = numberProblem(speedText.value, speedRule);
  return problem === undefined ? undefined : new Error(problem);
}

function showProgress(player: PcmPlayer, sentAt: number, made: boolean): void {
  const before = progress.value;
  const wait = player.firstSoundInMs;
  const first = before.firstSoundMs ?? (wait === undefined ? undefined : performance.now() - sentAt + wait);
  if (before.firstSoundMs === undefined && first !== undefined) announce('Speaking.');
  progress.value = {
    phase: first === undefined ? 'waiting' : 'playing',
    made,
    madeSeconds: player.madeSeconds,
    gaps: player.gaps,
    ...(first !== undefined && { firstSoundMs: first }),
  };
}

function forget(): void {
  if (spoken.value) URL.revokeObjectURL(spoken.value.url);
  spoken.value = undefined;
  saveProblem.value = undefined;
}
