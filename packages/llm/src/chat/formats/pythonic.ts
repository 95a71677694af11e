import type { ToolDefinition } from '@ferrum/interfaces';
import type { ConstraintSpec } from '../../constraint/constraint-spec.js';
import type { ToolSet } from '../tool-set.js';
import { type ArgumentValue, argumentNames, argumentsOf } from './argument-values.js';
import type { CallEvents, CallProgress, ToolCallFormat } from './format.js';
import { between, repeated } from './json-grammar.js';
import { pythonToJson, valueLength } from './python-value.js';
import { StepwiseParser } from './stepwise-parser.js';

/** `[name(key=value), …]`, calls as Python writes them: Llama 3.2 and 4 where they are asked for it. */
export const pythonic: ToolCallFormat = {
  name: 'pythonic',
  openings: ['<|python_tag|>', '<|python_start|>'],
  closings: ['<|python_end|>'],
  bare: true,
  parser: (_opening, tools, events) => new PythonicCallParser(tools, events, '<|python_end|>'),
  grammar: (tools) => listGrammar('', tools, ''),
  triggers: (tools) =>
    tools.tools.map((tool) => ({
      text: `[${tool.name}(`,
      inner: { type: 'sequence', parts: [callBody(tools, tool), ...furtherCalls(tools), literal(']')] },
    })),
};

/** The same between tags: LFM2. */
export const lfm2: ToolCallFormat = {
  name: 'lfm2',
  openings: ['<|tool_call_start|>'],
  closings: ['<|tool_call_end|>'],
  parser: (_opening, tools, events) => new PythonicCallParser(tools, events, '<|tool_call_end|>'),
  grammar: (tools) => listGrammar('<|tool_call_start|>', tools, '<|tool_call_end|>'),
  triggers: (tools) => [{ text: '<|tool_call_start|>', inner: listGrammar('', tools, '<|tool_call_end|>') }],
};

const literal = (text: string): ConstraintSpec => ({ type: 'literal', text });

function listGrammar(before: string, tools: ToolSet, after: string): ConstraintSpec {
  return between(`${before}[`, repeated(callGrammar(tools), tools, ', '), `]${after}`);
}

function callGrammar(tools: ToolSet): ConstraintSpec {
  return {
    type: 'alternatives',
    of: tools.tools.map((tool) => ({ type: 'sequence', parts: [literal(`${tool.name}(`), callBody(tools, tool)] })),
  };
}

function furtherCalls(tools: ToolSet): readonly ConstraintSpec[] {
  if (!tools.parallel) return [];
  return [{ type: 'repeat', of: { type: 'sequence', parts: [literal(', '), callGrammar(tools)] }, min: 0 }];
}

/** The arguments and the closing bracket. Values are JSON, which Python and the parser read but for the names of constants. */
function callBody(tools: ToolSet, tool: ToolDefinition): ConstraintSpec {
  return { type: 'sequence', parts: [...firstArguments(argumentsOf(tools, tool)), literal(')')] };
}

/** Arguments of which none was written yet: commas stand before all that follow the first. */
function firstArguments([first, ...others]: readonly ArgumentValue[]): readonly ConstraintSpec[] {
  if (!first) return [];
  const taken: ConstraintSpec = { type: 'sequence', parts: [argument(first, ''), ...others.map(furtherArgument)] };
  if (first.isRequired) return [taken];
  const [without] = firstArguments(others);
  return [without ? { type: 'alternatives', of: [taken, without] } : { type: 'repeat', of: taken, min: 0, max: 1 }];
}

function furtherArgument(value: ArgumentValue): ConstraintSpec {
  const written = argument(value, ', ');
  return value.isRequired ? written : { type: 'repeat', of: written, min: 0, max: 1 };
}

function argument({ key, json }: ArgumentValue, before: string): ConstraintSpec {
  return { type: 'sequence', parts: [literal(`${before}${key}=`), json] };
}

/** Reads a list of calls. Each argument is given on once it is complete. */
class PythonicCallParser extends StepwiseParser {
  #prefix = '';
  #state: 'start' | 'name' | 'arguments' | 'between' | 'closing' = 'start';
  #hasBegun = false;
  /** Of the current tool, in the order of its schema. */
  #keys: readonly string[] = [];
  #count = 0;

  constructor(
    tools: ToolSet,
    events: CallEvents,
    private readonly closing: string,
  ) {
    super(tools, events);
  }

  end(): string {
    return this.#hasBegun ? '' : this.#prefix + this.text;
  }

  protected advance(): CallProgress | undefined {
    switch (this.#state) {
      case 'start':
        return this.#start();
      case 'name':
        return this.#name();
      case 'arguments':
        return this.#argument();
      case 'between':
        return this.#between();
      case 'closing':
        return this.#close();
    }
  }

  #start(): CallProgress | undefined {
    const begun = this.text.trimStart();
    if (begun === '') return { state: 'more' };
    if (!begun.startsWith('[')) return this.#fail();
    this.#prefix = this.text.slice(0, this.text.length - begun.length + 1);
    this.text = begun.slice(1);
    this.#state = 'name';
    return undefined;
  }

  #name(): CallProgress | undefined {
    const begun = this.text.trimStart();
    const found = /^([^\s()[\]{},='"]+)\s*\(/.exec(begun);
    if (!found) return /^[^\s()[\]{},='"]*\s*$/.test(begun) ? { state: 'more' } : this.#fail();
    const name = found[1] as string;
    if (!this.tools.has(name)) return this.#fail();
    this.events.begin(name);
    this.events.argument('{');
    this.#hasBegun = true;
    this.#keys = argumentNames(this.tools.parametersOf(name));
    this.#count = 0;
    this.text = begun.slice(found[0].length);
    this.#state = 'arguments';
    return undefined;
  }

  /** `key=value` up to a comma, or the end of the call. Without a name, the schema's own order says whose value it is. */
  #argument(): CallProgress | undefined {
    const begun = this.text.trimStart();
    if (begun === '') return { state: 'more' };
    if (begun.startsWith(',')) {
      this.text = begun.slice(1);
      return undefined;
    }
    if (begun.startsWith(')')) {
      this.events.argument('}');
      this.text = begun.slice(1);
      this.#state = this.tools.parallel ? 'between' : 'closing';
      return undefined;
    }
    if (begun.startsWith(']')) {
      // The bracket of the call is missing.
      this.events.argument('}');
      this.text = begun;
      this.#state = 'closing';
      return undefined;
    }
    const named = /^([^\s()[\]{},='"]+)\s*=/.exec(begun);
    const from = named?.[0].length ?? 0;
    const length = valueLength(begun.slice(from));
    if (length === undefined) return { state: 'more' };
    const written = begun.slice(from, from + length).trim();
    const key = named?.[1] ?? this.#keys[this.#count] ?? String(this.#count);
    const value = pythonToJson(written) ?? JSON.stringify(written);
    this.events.argument(`${this.#count === 0 ? '' : ', '}${JSON.stringify(key)}: ${value}`);
    this.#count += 1;
    this.text = begun.slice(from + length);
    return undefined;
  }

  #between(): CallProgress | undefined {
    const begun = this.text.trimStart();
    if (begun === '') return { state: 'more' };
    if (begun.startsWith(',')) {
      this.text = begun.slice(1);
      this.#state = 'name';
      return undefined;
    }
    this.#state = 'closing';
    return undefined;
  }

  /** The end of the list and the tag, as far as they are there. */
  #close(): CallProgress {
    if (!this.tools.parallel) return { state: 'done', rest: '' };
    const begun = this.text.trimStart();
    const rest = (begun.startsWith(']') ? begun.slice(1) : begun).trimStart();
    if (rest === '' || (rest.length < this.closing.length && this.closing.startsWith(rest))) return { state: 'more' };
    return { state: 'done', rest: rest.startsWith(this.closing) ? rest.slice(this.closing.length) : rest };
  }

  #fail(): CallProgress {
    return this.#hasBegun ? { state: 'done', rest: this.text } : { state: 'failed', rest: this.#prefix + this.text };
  }
}
