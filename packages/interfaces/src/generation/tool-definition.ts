import type { JsonObject } from '../json.js';

/** A function that the model may ask the caller to call. */
export interface ToolDefinition {
  /** 1 to 64 letters, digits, `_` and `-`; no two tools of a request share a name. */
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the arguments, an object. Default: no arguments. */
  readonly parameters?: JsonObject;
  /** Whether the arguments of a call must follow the schema, so that they are constrained to it. Default false. */
  readonly strict?: boolean;
}

/**
 * Whether the model answers or calls: `none` answers; `auto`, the default where there are tools, lets the model choose;
 * `required` calls at least one; a name calls that one. `allowed` narrows the tools to those named.
 */
export type ToolChoice =
  | 'none'
  | 'auto'
  | 'required'
  | { readonly name: string }
  | { readonly allowed: readonly string[]; readonly mode: 'auto' | 'required' };

/** A piece of a call in a stream. The first one of each call has `id` and `name`; the arguments are to be joined. */
export interface ToolCallDelta {
  /** Which call of the answer, from 0. */
  readonly index: number;
  readonly id?: string;
  readonly name?: string;
  /** JSON text, possibly empty. */
  readonly arguments: string;
}
