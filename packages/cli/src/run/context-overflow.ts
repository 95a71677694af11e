import type { ModelManifest } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

/** The numbers of a prompt that is longer than the context, in tokens. */
export interface ContextOverflow {
  /** What the context holds, the answer included. */
  readonly contextLength: number;
  /** Absent for a prompt too long to be counted. */
  readonly promptTokens?: number;
}

/** What an engine's error says about the context; undefined when it is about something else. */
export function contextOverflowOf(error: unknown): ContextOverflow | undefined {
  if (!FerrumError.isInstance(error) || error.code !== 'RequestValidation') return undefined;
  const { contextLength, promptTokens } = error.details;
  if (typeof contextLength !== 'number') return undefined;
  return { contextLength, ...(typeof promptTokens === 'number' && { promptTokens }) };
}

/** `, or raise --context-length (at most 8192)`; empty when the model can take no more. */
export function describeLargerContext({ contextLength }: ContextOverflow, manifest: ModelManifest): string {
  const maximum = manifest.contextLength;
  return maximum !== undefined && contextLength < maximum ? `, or raise --context-length (at most ${maximum})` : '';
}
