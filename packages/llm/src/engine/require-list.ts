import { FerrumError } from '@ferrum/registry/errors';

/** @throws FerrumError `RequestValidation` when a call that takes requests got something else. */
export function requireList(requests: unknown, call: string): void {
  if (Array.isArray(requests)) return;
  throw new FerrumError(
    'RequestValidation',
    `${call} takes a list of requests; put one request alone into a list too.`,
    {
      details: { parameter: 'requests' },
    },
  );
}
