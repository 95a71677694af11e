import type { JsonValue } from '@ferrum/interfaces';
import type { Expression, GrammarBuilder } from './grammar.js';
import type { JsonText } from './json-text.js';

/** What the readers of objects and arrays need of the reader of schemas. */
export interface SchemaParts {
  readonly builder: GrammarBuilder;
  readonly json: JsonText;
  /** Texts of a schema inside. @throws SchemaProblem */
  schema(schema: JsonValue | undefined, path: string, depth: number): Expression;
}
