import type { JsonObject } from '../json.js';

/**
 * What the answer must look like. With a model that thinks, what it thinks is free; with tools, so are calls. An answer that
 * ends with `length` may be incomplete, any other follows the format.
 */
export type ResponseFormat =
  | { readonly type: 'text' }
  /** Any JSON object. */
  | { readonly type: 'json_object' }
  /** A JSON value that follows a JSON Schema (draft 2020-12); a keyword that is not supported is refused by name. */
  | { readonly type: 'json_schema'; readonly schema: JsonObject }
  /** EBNF in the notation of GBNF (llama.cpp): `root ::= "yes" | "no"`. The first rule to match is `root`. */
  | { readonly type: 'grammar'; readonly grammar: string }
  /** The whole answer matches an ECMAScript regular expression (anchored on both sides). */
  | { readonly type: 'regex'; readonly pattern: string }
  /** One of these texts. */
  | { readonly type: 'choice'; readonly choices: readonly string[] };
