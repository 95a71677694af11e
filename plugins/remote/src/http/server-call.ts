import type { FormData } from 'undici';

/** A request that any server which has the model can answer. */
export interface ServerCall {
  readonly method: 'GET' | 'POST';
  /** Under the base URL, e.g. `chat/completions`. */
  readonly path: string;
  /** As the servers call it. */
  readonly model: string;
  /** The type of answer that is wanted, for `accept`. */
  readonly accept: string;
  /** What is sent; a form is made anew for each attempt. */
  readonly body?: { readonly json: object } | { readonly form: () => Promise<FormData> };
}
