import type { ConstraintSpec } from '../../constraint/constraint-spec.js';
import type { ToolSet } from '../tool-set.js';
import type { CallEvents, CallParser, CallProgress, ToolCallFormat } from './format.js';
import { between, repeated, wholeArguments } from './json-grammar.js';
import { JsonScanner } from './json-scanner.js';

const argumentsMarker = '[ARGS]';

/** `[TOOL_CALLS]name[ARGS]{…}`, once for each call: Mistral from its eleventh tokenizer on. */
export const mistralArgs: ToolCallFormat = {
  name: 'mistral-args',
  openings: ['[TOOL_CALLS]'],
  closings: [argumentsMarker, '[CALL_ID]'],
  parser: (_opening, tools, events) => new MistralArgsParser(tools, events),
  grammar: (tools) => {
    const call: ConstraintSpec = {
      type: 'alternatives',
      of: tools.tools.map((tool) => between(`[TOOL_CALLS]${tool.name}${argumentsMarker}`, wholeArguments(tools, tool))),
    };
    return repeated(call, tools, '');
  },
  triggers: (tools) =>
    tools.tools.map((tool) => ({
      text: `[TOOL_CALLS]${tool.name}${argumentsMarker}`,
      inner: wholeArguments(tools, tool),
    })),
};

class MistralArgsParser implements CallParser {
  #text = '';
  #scanner: JsonScanner | undefined;

  constructor(
    private readonly tools: ToolSet,
    private readonly events: CallEvents,
  ) {}

  push(text: string): CallProgress {
    this.#text += text;
    if (!this.#scanner) {
      const at = this.#text.indexOf(argumentsMarker);
      if (at < 0) return /[{\n]/.test(this.#text) ? { state: 'failed', rest: this.#text } : { state: 'more' };
      // Some put an id between: name[CALL_ID]id.
      const name = (this.#text.slice(0, at).split('[CALL_ID]')[0] as string).trim();
      if (!this.tools.has(name)) return { state: 'failed', rest: this.#text };
      this.events.begin(name);
      this.#text = this.#text.slice(at + argumentsMarker.length);
      this.#scanner = new JsonScanner();
    }
    const { length, isEnd } = this.#scanner.push(this.#text);
    if (length > 0) this.events.argument(this.#text.slice(0, length));
    const rest = this.#text.slice(length);
    this.#text = isEnd ? rest : '';
    return isEnd ? { state: 'done', rest } : { state: 'more' };
  }

  end(): string {
    return this.#scanner ? '' : this.#text;
  }
}
