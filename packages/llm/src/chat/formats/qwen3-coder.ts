import type { ToolDefinition } from '@ferrum/interfaces';
import type { ConstraintSpec } from '../../constraint/constraint-spec.js';
import type { ToolSet } from '../tool-set.js';
import { argumentsOf, asJson, escaped, isTextArgument } from './argument-values.js';
import type { CallEvents, CallParser, CallProgress, ToolCallFormat } from './format.js';
import { repeated } from './json-grammar.js';

/**
 * `<tool_call><function=NAME><parameter=KEY>VALUE</parameter></function></tool_call>`: Qwen3-Coder. Values are texts as they
 * are, or JSON where the schema says another type.
 */
export const qwen3Coder: ToolCallFormat = {
  name: 'qwen3-coder',
  openings: ['<tool_call>'],
  closings: ['</tool_call>'],
  parser: (_opening, tools, events) => new XmlCallParser(tools, events),
  grammar: (tools) => repeated({ type: 'sequence', parts: [literal('<tool_call>'), callGrammar(tools)] }, tools, '\n'),
  triggers: (tools) => [{ text: '<tool_call>', inner: callGrammar(tools) }],
};

const literal = (text: string): ConstraintSpec => ({ type: 'literal', text });

/** What follows the opening. */
function callGrammar(tools: ToolSet): ConstraintSpec {
  return {
    type: 'alternatives',
    of: tools.tools.map((tool) => ({
      type: 'sequence',
      parts: [
        literal(`\n<function=${tool.name}>\n`),
        ...parametersGrammar(tools, tool),
        literal('</function>\n</tool_call>'),
      ],
    })),
  };
}

function parametersGrammar(tools: ToolSet, tool: ToolDefinition): ConstraintSpec[] {
  return argumentsOf(tools, tool).map(({ key, tagged, isRequired }) => {
    const parameter: ConstraintSpec = {
      type: 'sequence',
      parts: [literal(`<parameter=${key}>\n`), tagged, literal('\n</parameter>\n')],
    };
    return isRequired ? parameter : { type: 'repeat', of: parameter, min: 0, max: 1 };
  });
}

const tags = ['<function=', '<parameter=', '</parameter>', '</function>', '</tool_call>'];

class XmlCallParser implements CallParser {
  #text = '';
  #name: string | undefined;
  #parameter: { readonly key: string; readonly isText: boolean; value: string; hasBegun: boolean } | undefined;
  #count = 0;
  #hasBegun = false;

  constructor(
    private readonly tools: ToolSet,
    private readonly events: CallEvents,
  ) {}

  push(text: string): CallProgress {
    this.#text += text;
    for (;;) {
      const at = this.#nextTag();
      if (at < 0) {
        this.#takeValue(safeLength(this.#text));
        const begun = this.#text.trimStart();
        const mayBeTag = begun === '' || tags.some((one) => one.startsWith(begun) || begun.startsWith(one));
        return this.#name === undefined && !mayBeTag ? this.#fail() : { state: 'more' };
      }
      if (this.#name === undefined && this.#text.slice(0, at).trim() !== '') return this.#fail();
      const tag = tags.find((one) => this.#text.startsWith(one, at)) as string;
      const end = tag.endsWith('=') ? this.#text.indexOf('>', at) : at + tag.length - 1;
      if (end < 0) return { state: 'more' };
      const argument = this.#text.slice(at + tag.length, end).trim();
      const before = this.#text;
      this.#takeValue(at);
      const rest = before.slice(end + 1);
      this.#text = rest;
      if (tag === '<function=') {
        if (!this.tools.has(argument)) {
          this.#text = before;
          return this.#fail();
        }
        this.#closeFunction();
        this.#name = argument;
        this.#hasBegun = true;
        this.#count = 0;
        this.events.begin(argument);
        this.events.argument('{');
      } else if (tag === '<parameter=' && this.#name !== undefined) {
        this.#openParameter(this.#name, argument);
      } else if (tag === '</parameter>' && this.#name !== undefined) {
        this.#closeParameter();
      } else if (tag === '</function>' && this.#name !== undefined) {
        this.#closeFunction();
        if (!this.tools.parallel) return { state: 'done', rest: '' };
      } else if (tag === '</tool_call>') {
        this.#closeFunction();
        if (this.#hasBegun) return { state: 'done', rest };
        this.#text = before;
        return this.#fail();
      } else if (this.#name === undefined) {
        this.#text = before;
        return this.#fail();
      }
    }
  }

  end(): string {
    return this.#name === undefined ? this.#text : '';
  }

  /** Inside a value only its own end counts. */
  #nextTag(): number {
    const wanted = this.#parameter ? ['</parameter>'] : tags;
    const found = wanted.map((tag) => this.#text.indexOf(tag)).filter((at) => at >= 0);
    return found.length === 0 ? -1 : Math.min(...found);
  }

  #fail(): CallProgress {
    return { state: this.#hasBegun ? 'done' : 'failed', rest: this.#text };
  }

  #closeFunction(): void {
    if (this.#name === undefined) return;
    this.#closeParameter();
    this.events.argument('}');
    this.#name = undefined;
  }

  #openParameter(name: string, key: string): void {
    const text = isTextArgument(this.tools.parametersOf(name), key);
    this.events.argument(`${this.#count === 0 ? '' : ', '}${JSON.stringify(key)}: ${text ? '"' : ''}`);
    this.#count += 1;
    this.#parameter = { key, isText: text, value: '', hasBegun: false };
  }

  /** Gives on what is sure to be part of a value. */
  #takeValue(length: number): void {
    const parameter = this.#parameter;
    if (!parameter) return;
    let piece = this.#text.slice(0, length);
    this.#text = this.#text.slice(length);
    if (!parameter.hasBegun && piece !== '') {
      // The line break after the tag is not part of it.
      piece = piece.replace(/^\n/, '');
      parameter.hasBegun = true;
    }
    parameter.value += piece;
    if (!parameter.isText) return;
    // Nor is the one before the closing tag.
    const given = parameter.value.endsWith('\n') ? parameter.value.slice(0, -1) : parameter.value;
    this.events.argument(escaped(given));
    parameter.value = parameter.value.slice(given.length);
  }

  #closeParameter(): void {
    const parameter = this.#parameter;
    if (!parameter) return;
    this.#parameter = undefined;
    if (parameter.isText) this.events.argument('"');
    else this.events.argument(asJson(parameter.value.replace(/\n$/, '')));
  }
}

/** How much of a text cannot be the beginning of `</parameter>`. */
function safeLength(text: string): number {
  const at = text.lastIndexOf('<');
  return at >= 0 && '</parameter>'.startsWith(text.slice(at)) ? at : text.length;
}
