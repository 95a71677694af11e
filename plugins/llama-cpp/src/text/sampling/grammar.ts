import type { LlamaGrammar } from 'node-llama-cpp';
import type { LlamaLibrary } from '../../library/llama.js';
import { invalid, unsupported } from '../invalid.js';
import type { CheckedSampling } from '../request-schema.js';
import { requireFewOpen } from './ambiguity.js';
import { toGrammarSchema } from './json-schema.js';

/**
 * What an answer must keep to, undefined where it is free.
 * @throws FerrumError `Unsupported` for a schema that no grammar can be made of
 */
export async function grammarOf(
  responseFormat: CheckedSampling['responseFormat'],
  library: LlamaLibrary,
): Promise<LlamaGrammar | undefined> {
  if (!responseFormat || responseFormat.type === 'text') return undefined;
  if (responseFormat.type === 'json_object') return library.llama.getGrammarFor('json');
  if (responseFormat.type !== 'json_schema') throw unsupported(parameter);
  const schema = toGrammarSchema(responseFormat.schema);
  requireFewOpen(schema, parameter);
  return library.watch(
    async () => {
      // The library's type of schemas is there to compute the type of answers from, which nothing does here.
      const made = await library.llama.createGrammarForJsonSchema(schema as never);
      return await library.llama.createGrammar({ grammar: tightened(made.grammar) });
    },
    (cause, lines) => {
      const why = [cause instanceof Error ? cause.message : String(cause), ...lines].join('; ');
      return invalid(`\`${parameter}\`: llama.cpp makes no grammar of the schema: ${why}`, parameter, 'Unsupported');
    },
  );
}

const parameter = 'sampling.responseFormat';

/**
 * The library asks for four line breaks after the value, which models do not write of their own accord, and lets whole
 * numbers have an exponent, with which they need not be whole.
 */
export function tightened(grammar: string): string {
  return grammar
    .replace(/^(root ::= .*) "(?:\\n){4}" \[\\n\]\*$/m, '$1')
    .replace(/^(integer-number-rule ::= ).*$/m, '$1"-"? ("0" | [1-9] [0-9]{0,15})');
}
