import type { ConstraintSpec } from '../../constraint/constraint-spec.js';
import type { ToolSet } from '../tool-set.js';
import { argumentsOf, asJson, escaped, isTextArgument } from './argument-values.js';
import type { CallProgress, ToolCallFormat } from './format.js';
import { repeated } from './json-grammar.js';
import { StepwiseParser } from './stepwise-parser.js';

/**
 * `<tool_call>NAME\n<arg_key>KEY</arg_key>\n<arg_value>VALUE</arg_value>\n</tool_call>`: GLM 4.5 and later. Values are texts as
 * they are, or JSON where the schema says another type.
 */
export const glm: ToolCallFormat = {
  name: 'glm',
  openings: ['<tool_call>'],
  closings: ['</tool_call>', '</arg_key>', '<arg_value>', '</arg_value>'],
  parser: (_opening, tools, events) => new GlmCallParser(tools, events),
  grammar: (tools) => repeated({ type: 'sequence', parts: [literal('<tool_call>'), callGrammar(tools)] }, tools, '\n'),
  triggers: (tools) => [{ text: '<tool_call>', inner: callGrammar(tools) }],
};

const literal = (text: string): ConstraintSpec => ({ type: 'literal', text });

/** What follows the opening. */
function callGrammar(tools: ToolSet): ConstraintSpec {
  const call = (name: string, parts: readonly ConstraintSpec[]): ConstraintSpec => ({
    type: 'sequence',
    parts: [literal(`${name}\n`), ...parts, literal('</tool_call>')],
  });
  return {
    type: 'alternatives',
    of: tools.tools.map((tool) =>
      call(
        tool.name,
        argumentsOf(tools, tool).map(({ key, tagged, isRequired }) => {
          const argument: ConstraintSpec = {
            type: 'sequence',
            parts: [literal(`<arg_key>${key}</arg_key>\n<arg_value>`), tagged, literal('</arg_value>\n')],
          };
          return isRequired ? argument : { type: 'repeat', of: argument, min: 0, max: 1 };
        }),
      ),
    ),
  };
}

const valueEnd = '</arg_value>';
const callEnd = '</tool_call>';

class GlmCallParser extends StepwiseParser {
  #state: 'name' | 'between' | 'text' | 'json' = 'name';
  #name = '';
  #count = 0;

  end(): string {
    return this.#state === 'name' ? this.text : '';
  }

  protected advance(): CallProgress | undefined {
    switch (this.#state) {
      case 'name':
        return this.#begin();
      case 'between':
        return this.#between();
      default:
        return this.#value(this.#state === 'text');
    }
  }

  #begin(): CallProgress | undefined {
    const begun = this.text.trimStart();
    const found = /^([^\s<]*)(?:\s*<|\n)/.exec(begun);
    if (!found) {
      const isOpen = /^[^\s<]*[^\S\n]*$/.test(begun);
      return isOpen ? { state: 'more' } : { state: 'failed', rest: this.text };
    }
    this.#name = found[1] as string;
    if (!this.tools.has(this.#name)) return { state: 'failed', rest: this.text };
    this.events.begin(this.#name);
    this.events.argument('{');
    this.text = begun.slice(this.#name.length);
    this.#state = 'between';
    return undefined;
  }

  /** Before an argument or the end of the call. What is neither is passed over: the call goes on. */
  #between(): CallProgress | undefined {
    const end = this.text.indexOf(callEnd);
    const found = /<arg_key>([\s\S]*?)<\/arg_key>\s*<arg_value>/.exec(this.text);
    if (found && (end < 0 || found.index < end)) {
      const key = (found[1] as string).trim();
      const isText = isTextArgument(this.tools.parametersOf(this.#name), key);
      this.events.argument(`${this.#count === 0 ? '' : ', '}${JSON.stringify(key)}: ${isText ? '"' : ''}`);
      this.#count += 1;
      this.text = this.text.slice(found.index + found[0].length);
      this.#state = isText ? 'text' : 'json';
      return undefined;
    }
    if (end < 0) return { state: 'more' };
    this.events.argument('}');
    return { state: 'done', rest: this.text.slice(end + callEnd.length) };
  }

  /** Texts are given on as they come, other values once they are complete. */
  #value(isText: boolean): CallProgress | undefined {
    const end = this.text.indexOf(valueEnd);
    if (end >= 0) {
      const value = this.text.slice(0, end);
      this.events.argument(isText ? `${escaped(value)}"` : asJson(value));
      this.text = this.text.slice(end + valueEnd.length);
      this.#state = 'between';
      return undefined;
    }
    if (isText) {
      const last = this.text.lastIndexOf('<');
      const safe = last >= 0 && valueEnd.startsWith(this.text.slice(last)) ? last : this.text.length;
      if (safe > 0) this.events.argument(escaped(this.text.slice(0, safe)));
      this.text = this.text.slice(safe);
    }
    return { state: 'more' };
  }
}
