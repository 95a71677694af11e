import { FerrumError } from '@ferrum/registry/errors';

/** What an engine says of its `prompt`, about the field of the request that it came in. */
export function aboutField(error: unknown, field: string): unknown {
  if (!FerrumError.isInstance(error) || error.details.parameter !== 'prompt') return error;
  const message = error.message.replaceAll('`prompt`', `\`${field}\``);
  return new FerrumError(error.code, message, { cause: error, details: { ...error.details, apiParam: field } });
}
