import { inspect } from 'node:util';

/** The text of anything that was thrown, for use inside another message. */
export function messageOf(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return String(thrown.message);
    return typeof thrown === 'string' ? thrown : inspect(thrown);
  } catch {
    // Plugins may throw a revoked proxy, or an error whose message is a getter that fails.
    return 'something that cannot be read';
  }
}
