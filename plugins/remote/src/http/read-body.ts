import type { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { problemOf } from '../parse.js';
import { invalidAnswer } from './failure.js';
import type { ServerResponse } from './remote-server.js';
import { toldError } from './response-failure.js';

/** Of an answer that is held in memory, in bytes. */
const longestAnswer = 64 * 1024 * 1024;

/** @throws FerrumError `Backend` for an answer that is too long */
export async function readText({ body, url }: ServerResponse, limit = longestAnswer): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > limit) throw invalidAnswer(url, `answers with more than ${limit} bytes.`);
    pieces.push(piece);
  }
  return new TextDecoder().decode(Buffer.concat(pieces));
}

/** Only so much of it, for a message. */
export async function readStart({ body }: ServerResponse, limit = 64 * 1024): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body) {
    pieces.push(piece);
    length += piece.length;
    if (length >= limit) break;
  }
  return new TextDecoder().decode(Buffer.concat(pieces).subarray(0, limit));
}

/** @throws FerrumError `Backend` for something else than JSON of that shape; what the server says, where that is `{error}` */
export async function readJson<Schema extends v.GenericSchema>(
  response: ServerResponse,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const { url } = response;
  const answer = parseJson(url, await readText(response));
  try {
    return checkAnswer(url, schema, answer);
  } catch (wrong) {
    throw toldError(url, answer, 'with status 200') ?? wrong;
  }
}

/** The error of an answer of another type; of JSON with `{error}`, what the server says. @param wanted for people: `events` */
export async function wrongType(response: ServerResponse, wanted: string): Promise<FerrumError> {
  const { url, headers } = response;
  const type = headers['content-type'];
  if (/\bjson\b/i.test(String(type))) {
    const text = await readStart(response);
    const told = isJson(text) ? toldError(url, JSON.parse(text), 'with status 200') : undefined;
    if (told !== undefined) return told;
  }
  return invalidAnswer(url, `answers with ${type ?? 'no content-type'}, not with ${wanted}.`);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export function parseJson(url: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's error would quote a piece of it once more, which may be one of a key.
    throw invalidAnswer(url, `answers with something else than JSON: ${JSON.stringify(text.slice(0, 200))}.`);
  }
}

/** @throws FerrumError `Backend` that says what the server got wrong */
export function checkAnswer<Schema extends v.GenericSchema>(
  url: string,
  schema: Schema,
  answer: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, answer, { abortEarly: true });
  if (result.success) return result.output;
  const { field, message } = problemOf(result.issues);
  throw invalidAnswer(url, `answers wrongly: ${field === '' ? 'it' : `\`${field}\``} ${message}.`);
}
