import type { JsonObject, ResponseFormat } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { readJsonOrFile, readTextOrFile } from './text-or-file.js';

/** What the answer must look like; at most one of them. */
export interface FormatFlags {
  readonly format?: 'json';
  /** A file, or JSON. */
  readonly schema?: string;
  /** A file, or GBNF. */
  readonly grammar?: string;
  readonly regex?: string;
  readonly choice?: readonly string[];
}

/**
 * The format that the flags ask for; undefined for plain text.
 *
 * @throws FerrumError `InvalidParameter` for two of them, a file that cannot be read, and what is no JSON object or no regular
 * expression. What an engine supports of it, the engine says.
 */
export async function readResponseFormat(
  flags: FormatFlags,
  workingDirectory: string,
): Promise<ResponseFormat | undefined> {
  const { format, schema, grammar, regex, choice } = flags;
  const given = formatFlags.filter((name) => flags[name] !== undefined).map((name) => `--${name}`);
  if (given.length > 1) throw invalid(`${given.join(' and ')} are given, but an answer has one format. Keep one.`);
  if (format !== undefined) return { type: 'json_object' };
  if (schema !== undefined) return { type: 'json_schema', schema: await readSchema(schema, workingDirectory) };
  if (grammar !== undefined) return { type: 'grammar', grammar: await readGrammar(grammar, workingDirectory) };
  if (regex !== undefined) return { type: 'regex', pattern: checkedPattern(regex) };
  if (choice !== undefined) return { type: 'choice', choices: choice };
  return undefined;
}

/** The feature of an engine that keeps to it. */
export function featureOf({ type }: ResponseFormat): string | undefined {
  switch (type) {
    case 'text':
      return undefined;
    case 'json_object':
      return 'json-object';
    case 'json_schema':
      return 'json-schema';
    default:
      return 'grammar';
  }
}

const formatFlags = ['format', 'schema', 'grammar', 'regex', 'choice'] as const;

async function readSchema(value: string, workingDirectory: string): Promise<JsonObject> {
  const example = `'{"type":"object"}'`;
  const schema = await readJsonOrFile({ flag: '--schema', value, example, workingDirectory });
  if (typeof schema === 'object' && schema !== null && !Array.isArray(schema)) return schema as JsonObject;
  throw invalid(`--schema: a JSON Schema is an object, as ${example}.`);
}

async function readGrammar(value: string, workingDirectory: string): Promise<string> {
  const example = `'root ::= "yes" | "no"'`;
  const isText = (text: string) => text.includes('::=');
  const grammar = await readTextOrFile({ flag: '--grammar', value, isText, example, workingDirectory });
  if (grammar.trim() !== '') return grammar;
  throw invalid(`--grammar ${value}: that file is empty. Write rules in it, as ${example}.`);
}

function checkedPattern(pattern: string): string {
  try {
    new RegExp(pattern, 'u');
    return pattern;
  } catch (cause) {
    throw invalid(`--regex is no regular expression: ${cause instanceof Error ? cause.message : cause}.`, cause);
  }
}

function invalid(message: string, cause?: unknown): FerrumError {
  return new FerrumError('InvalidParameter', message, cause === undefined ? {} : { cause });
}
