import { inspect } from 'node:util';

/** The text of anything that was thrown, for use inside another message. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  return typeof thrown === 'string' ? thrown : inspect(thrown);
}
