import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { badRequest } from './api-error.js';

const deepest = 100;
/** More than any request has that is honest: 2048 documents of 64 fields. */
const mostMembers = 200_000;

/**
 * Reads JSON as Fastify does, prototype poisoning refused, but refuses what is not UTF-8 (RFC 8259 §8.1) instead of mending
 * it, and what is nested so deep, or has so many members, that reading and checking it would hold up everybody else.
 */
export function readJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const excess = isUtf8(body) ? excessOf(body) : 'is not UTF-8, as JSON has to be';
    if (excess === undefined) parse(request, body.toString(), done);
    else done(badRequest(null, `The body ${excess}.`, 'invalid_json'));
  });
}

/** What JSON has too much of, if anything. Byte by byte: in UTF-8 none of these bytes is a part of another character. */
export function excessOf(json: Uint8Array): string | undefined {
  const { length } = json;
  let depth = 0;
  let members = 0;
  for (let index = 0; index < length; index += 1) {
    const byte = json[index];
    if (byte === quote) index = endOfString(json, index + 1);
    else if (byte === openBracket || byte === openBrace) {
      depth += 1;
      if (depth > deepest) return `is nested more than ${deepest} levels deep`;
    } else if (byte === closeBracket || byte === closeBrace) depth -= 1;
    else if (byte === colon) members += 1;
  }
  return members > mostMembers ? `has more than ${mostMembers} fields` : undefined;
}

function endOfString(json: Uint8Array, start: number): number {
  const { length } = json;
  let index = start;
  while (index < length && json[index] !== quote) index += json[index] === backslash ? 2 : 1;
  return index;
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const openBracket = 0x5b;
const openBrace = 0x7b;
const closeBracket = 0x5d;
const closeBrace = 0x7d;
