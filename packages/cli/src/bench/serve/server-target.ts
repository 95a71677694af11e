import { FerrumError } from '@ferrum/registry/errors';

/** Which server is measured, and what it is told with every request. */
export interface ServerTarget {
  /** `http://127.0.0.1:8080`. */
  readonly origin: string;
  /** What stands before `/v1/…`, `/health` and `/metrics`: empty, or `/prefix`. */
  readonly prefix: string;
  /** `authorization`, where there is a key. */
  readonly headers: Readonly<Record<string, string>>;
  /** Takes the key out of what the server says, and what would command a terminal. */
  redact(text: string): string;
}

/**
 * @param url The base, with or without `/v1`.
 * @throws FerrumError `InvalidParameter` when it is no such URL, or the key cannot stand in a header.
 */
export function serverTarget(url: string, apiKey: string | undefined): ServerTarget {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw invalid(`${JSON.stringify(url)} is no URL of a server. Give one such as http://127.0.0.1:8080.`);
  }
  if (parsed.username || parsed.password) {
    throw invalid('The URL holds a name or password. Leave it out, and give a key with --api-key.');
  }
  if (parsed.search || parsed.hash) {
    throw invalid('The URL is the base of the server: leave out what follows "?" or "#".');
  }
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey)) {
    throw invalid('The API key is empty or has characters that no HTTP header may hold. Check --api-key.');
  }
  return {
    origin: parsed.origin,
    prefix: parsed.pathname.replace(/\/+$/, '').replace(/\/v1$/, ''),
    headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
    redact: (text) => {
      const shown = apiKey === undefined ? text : text.replaceAll(apiKey, '…');
      return shown.replace(/[\p{Cc}\s]+/gu, ' ').trim();
    },
  };
}

/** The key that was given, or that of the environment. */
export function apiKeyOf(
  flag: string | undefined,
  variables: Readonly<Record<string, string | undefined>>,
): string | undefined {
  return flag ?? (variables.FERRUM_API_KEY || variables.OPENAI_API_KEY || undefined);
}

function invalid(message: string): FerrumError {
  return new FerrumError('InvalidParameter', message);
}
