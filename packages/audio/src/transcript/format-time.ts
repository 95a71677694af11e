import { FerrumError } from '@ferrum/registry/errors';

/** Seconds as whole milliseconds. Throws `InvalidParameter` for a time that is negative or not finite. */
export function toMilliseconds(seconds: number): number {
  if (seconds >= 0 && Number.isFinite(seconds)) return Math.round(seconds * 1000);
  throw new FerrumError(
    'InvalidParameter',
    `A segment or word is at ${seconds} s; times must be finite and not negative.`,
    { details: { parameter: 'segments' } },
  );
}

/** `01:02:03.456`, of whole ms; with `hours: 'when-needed'` an hour of 0 is left out. */
export function formatTime(
  milliseconds: number,
  { hours, decimalMark }: { readonly hours: 'always' | 'when-needed'; readonly decimalMark: '.' | ',' },
): string {
  const wholeHours = Math.floor(milliseconds / 3_600_000);
  const parts = [Math.floor(milliseconds / 60_000) % 60, Math.floor(milliseconds / 1000) % 60];
  if (hours === 'always' || wholeHours > 0) parts.unshift(wholeHours);
  const clock = parts.map((part) => String(part).padStart(2, '0')).join(':');
  return `${clock}${decimalMark}${String(milliseconds % 1000).padStart(3, '0')}`;
}
