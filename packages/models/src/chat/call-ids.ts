import { createHash } from 'node:crypto';

/** Mistral's templates refuse the id of a call unless it has nine characters. */
export function wantsShortIds(template: string): boolean {
  return /\blength\s*!=\s*9\b/.test(template);
}

/** The id itself where it is nine letters and digits already, else nine that it always gives. */
export function shortId(id: string): string {
  if (/^[a-zA-Z0-9]{9}$/.test(id)) return id;
  return createHash('sha256').update(id).digest('hex').slice(0, 9);
}
