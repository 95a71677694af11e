import { effect, signal } from '@preact/signals';
import { callJson } from '../api/client.js';
import { selectedModel } from '../components/model-picker.js';

/** One entry of `GET /v1/audio/voices`. */
export interface Voice {
  readonly id: string;
  readonly language: string;
  readonly gender?: string;
  readonly description?: string;
}

/** The voices of the speech model that is chosen. */
export const voices = signal<readonly Voice[]>([]);
export const voicesProblem = signal<Error | undefined>(undefined);

const choice = signal('');

/** The voice to use: the one chosen, if the model has it, or its first. */
export function selectedVoice(): string | undefined {
  return (voices.value.find(({ id }) => id === choice.value) ?? voices.value[0])?.id;
}

/** Chooses a voice. */
export function selectVoice(id: string): void {
  choice.value = id;
}

/** Reads the voices whenever another model is chosen. Returns what ends that. */
export function followVoices(): () => void {
  return effect(() => {
    const model = selectedModel('speech');
    voices.value = [];
    voicesProblem.value = undefined;
    if (model === undefined) return;
    const controller = new AbortController();
    callJson<{ data: readonly Voice[] }>(`v1/audio/voices?model=${encodeURIComponent(model)}`, controller).then(
      ({ data }) => {
        voices.value = data;
      },
      (error) => {
        if (!controller.signal.aborted) voicesProblem.value = error;
      },
    );
    return () => controller.abort();
  });
}
