import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import type { ResolvedSettings } from '../options/server-settings.js';

/** Lets web pages of the named origins call; without any, no page but our own can. */
export async function allowOrigins(app: FastifyInstance, { corsOrigins }: ResolvedSettings): Promise<void> {
  if (corsOrigins.length === 0) return;
  await app.register(cors, {
    origin: corsOrigins.includes('*') ? '*' : [...corsOrigins],
    methods: ['GET', 'POST'],
    // The official client sends headers of its own (x-stainless-…), so the browser's list is mirrored.
    exposedHeaders: ['x-request-id', 'retry-after'],
    maxAge: 600,
    strictPreflight: false,
  });
}
