import type { JsonObject } from '@ferrum/interfaces';

/**
 * What an answer must look like. A special token is ruled out unless a text here names it: `<|python_tag|>` in a literal or a
 * trigger stands for the token of that text, if the tokenizer has one.
 */
export type ConstraintSpec =
  | { readonly type: 'json_object' }
  | {
      readonly type: 'json_schema';
      readonly schema: JsonObject;
      /** The request's field that it stands in, for errors: `tools.1.parameters`. Default `sampling.responseFormat.schema`. */
      readonly field?: string;
      /** Where in that field's schema, a JSON Pointer. Default its root. */
      readonly path?: string;
    }
  /** GBNF; its first rule is `root`. */
  | { readonly type: 'grammar'; readonly grammar: string }
  /** ECMAScript, anchored on both sides. */
  | { readonly type: 'regex'; readonly pattern: string }
  | { readonly type: 'choice'; readonly choices: readonly string[] }
  | { readonly type: 'literal'; readonly text: string }
  | { readonly type: 'sequence'; readonly parts: readonly ConstraintSpec[] }
  | { readonly type: 'alternatives'; readonly of: readonly ConstraintSpec[] }
  /** `min` default 0, `max` default none. */
  | {
      readonly type: 'repeat';
      readonly of: ConstraintSpec;
      readonly separator?: string;
      readonly min?: number;
      readonly max?: number;
    }
  /** Free text until a trigger is complete, then its `inner`, then free text again. */
  | { readonly type: 'triggered'; readonly triggers: readonly ConstraintTrigger[]; readonly atLeastOne?: boolean }
  /** Free text until `text` is complete, then `inner`, constrained to the end. */
  | { readonly type: 'after'; readonly text: string; readonly inner: ConstraintSpec };

export interface ConstraintTrigger {
  readonly text: string;
  readonly inner: ConstraintSpec;
}
