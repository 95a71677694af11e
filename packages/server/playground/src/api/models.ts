import { signal } from '@preact/signals';
import { type ApiError, callJson } from './client.js';

export type Capability = 'text-generation' | 'embedding' | 'reranking' | 'transcription' | 'speech';

/** One entry of `GET /v1/models`. */
export interface ServedModel {
  readonly id: string;
  /** Unix time in seconds. */
  readonly created: number;
  readonly capabilities: readonly Capability[];
  readonly state: 'open' | 'closed';
  readonly aliases?: readonly string[];
  /** In tokens. */
  readonly context_length?: number;
}

/** What is known of the models that the server has. */
export type ModelList =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly error: ApiError }
  | { readonly state: 'ready'; readonly models: readonly ServedModel[] };

export const modelList = signal<ModelList>({ state: 'loading' });

/** Reads `/v1/models` anew. The old list stays in sight until the answer is there. */
export async function refreshModels(): Promise<void> {
  try {
    const { data } = await callJson<{ data: readonly ServedModel[] }>('v1/models');
    modelList.value = { state: 'ready', models: data };
  } catch (error) {
    modelList.value = { state: 'failed', error: error as ApiError };
  }
}

/** The served models that can do one thing. */
export function modelsFor(capability: Capability): readonly ServedModel[] {
  const list = modelList.value;
  return list.state === 'ready' ? list.models.filter(({ capabilities }) => capabilities.includes(capability)) : [];
}
