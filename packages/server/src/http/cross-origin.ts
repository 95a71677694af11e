import cors from '@fastify/cors';
import { FerrumError } from '@ferrum/registry/errors';
import type { FastifyInstance } from 'fastify';
import type { ResolvedSettings } from '../options/server-settings.js';

/**
 * Lets web pages of the named origins call; without any, no page but our own can.
 * @throws FerrumError `Config` for what no page's origin can be.
 */
export async function allowOrigins(app: FastifyInstance, { corsOrigins }: ResolvedSettings): Promise<void> {
  for (const [index, origin] of corsOrigins.entries()) if (origin !== '*') checkOrigin(origin, `corsOrigins.${index}`);
  if (corsOrigins.length === 0) return;
  await app.register(cors, {
    origin: corsOrigins.includes('*') ? '*' : [...corsOrigins],
    methods: ['GET', 'POST'],
    // The official client sends headers of its own (x-stainless-…), so the browser's list is mirrored.
    exposedHeaders: ['x-request-id', 'request-id', 'retry-after'],
    maxAge: 600,
    strictPreflight: false,
  });
}

function checkOrigin(given: string, setting: string): void {
  const origin = URL.canParse(given) ? originOf(new URL(given)) : undefined;
  if (origin === given) return;
  const reason =
    given === 'null'
      ? 'null is the origin of every sandboxed page and local file, so it names nobody'
      : `"${given}" is not the origin of a page`;
  const remedy = origin ?? 'scheme, host and port, e.g. https://app.example, or "*" for all pages';
  throw new FerrumError('Config', `${setting}: ${reason}. Write ${remedy}.`, { details: { setting } });
}

/** As browsers send it (RFC 6454 §6.2), those of extensions and applications (`app://name`) too. */
function originOf({ origin, protocol, host }: URL): string | undefined {
  if (origin !== 'null') return origin;
  return host === '' ? undefined : `${protocol}//${host}`;
}
