import type { ToolSet } from '../tool-set.js';
import type { CallEvents, CallProgress } from './format.js';
import { JsonScanner } from './json-scanner.js';
import { StepwiseParser } from './stepwise-parser.js';

export interface JsonCallOptions {
  /** Texts that may stand after a call or a list of calls and belong to it. */
  readonly closings?: readonly string[];
  /** Texts that may stand between two calls that are not in a list. */
  readonly separators?: readonly string[];
  /** A call without `name` is one of this tool, its object the arguments. */
  readonly onlyTool?: string;
}

const more: CallProgress = { state: 'more' };

/**
 * Reads calls written as JSON, `{"name": …, "arguments": {…}}` or with `parameters`, one or a list of them. Arguments that
 * come after the name are given on as they come; those before it, or written as a string, once they are complete.
 */
export class JsonCallParser extends StepwiseParser {
  /** What was read of the current call, from its `{` on, and is not given on. */
  /** What stood before the first call, to be given back when it is none. */
  #prefix = '';
  #state: 'start' | 'object' | 'arguments' | 'tail' | 'between' = 'start';
  #inList = false;
  #hasBegun = false;
  #scanner = new JsonScanner();

  constructor(
    tools: ToolSet,
    events: CallEvents,
    private readonly options: JsonCallOptions = {},
  ) {
    super(tools, events);
  }

  end(): string {
    const rest = this.text;
    this.text = '';
    // Of a call that was cut off before its name was complete there is only text.
    if (this.#state === 'start' || this.#state === 'object') return this.#hasBegun ? rest : this.#prefix + rest;
    return this.#state === 'between' ? withoutSeparators(rest, this.options) : '';
  }

  protected advance(): CallProgress | undefined {
    switch (this.#state) {
      case 'start':
        return this.#start();
      case 'object':
        return this.#object();
      case 'arguments':
        return this.#arguments();
      case 'tail':
        return this.#tail();
      case 'between':
        return this.#between();
    }
  }

  #start(): CallProgress | undefined {
    const found = /^\s*/.exec(this.text) as RegExpExecArray;
    const first = this.text[found[0].length];
    if (first === undefined) return more;
    if (first === '[' && !this.#inList && !this.#hasBegun) {
      this.#inList = true;
      this.#prefix = this.text.slice(0, found[0].length + 1);
      this.text = this.text.slice(found[0].length + 1);
      return undefined;
    }
    if (first !== '{') return this.#fail();
    if (!this.#hasBegun) this.#prefix += found[0];
    this.text = this.text.slice(found[0].length);
    this.#state = 'object';
    return undefined;
  }

  /** The name is not known yet. */
  #object(): CallProgress | undefined {
    const head = headOf(this.text);
    if (head.kind === 'incomplete') return more;
    if (head.kind === 'named' && this.tools.has(head.name)) {
      this.#begin(head.name);
      this.text = this.text.slice(head.length);
      this.#scanner = new JsonScanner();
      this.#state = 'arguments';
      return undefined;
    }
    // Any other order of keys is read once the object is complete.
    const { length, isEnd } = new JsonScanner().push(this.text);
    if (!isEnd) return more;
    const call = callOf(this.text.slice(0, length), this.tools, this.options.onlyTool);
    if (!call) return this.#fail();
    this.#begin(call.name);
    this.events.argument(call.arguments);
    this.text = this.text.slice(length);
    this.#state = 'between';
    return undefined;
  }

  /** After the name, and inside the value of `arguments`. */
  #arguments(): CallProgress | undefined {
    const { length, isEnd } = this.#scanner.push(this.text);
    const piece = this.text.slice(0, length);
    this.text = this.text.slice(length);
    if (piece !== '') this.events.argument(piece);
    if (!isEnd) return more;
    this.#state = 'tail';
    return undefined;
  }

  /** What the object holds after its arguments. */
  #tail(): CallProgress | undefined {
    const rest = this.text.trimStart();
    if (rest === '') return more;
    if (rest.startsWith('}') || rest.startsWith(',')) {
      const scanner = new JsonScanner();
      scanner.push('{');
      const { length, isEnd } = scanner.push(rest);
      if (!isEnd) return more;
      this.text = rest.slice(length);
    }
    // Where the brace is missing, what follows is not part of the call all the same.
    this.#state = 'between';
    return undefined;
  }

  /** After a call: the end of the list, another call, a closing, or text. */
  #between(): CallProgress | undefined {
    if (!this.tools.parallel) return { state: 'done', rest: '' };
    const { closings = [], separators = [] } = this.options;
    const rest = this.text.trimStart();
    if (rest === '') return more;
    if (this.#inList && (rest.startsWith(',') || rest.startsWith(']'))) {
      this.text = rest.slice(1);
      if (rest.startsWith(']')) this.#inList = false;
      else this.#state = 'start';
      return undefined;
    }
    const markers = [...closings, ...separators];
    const marker = markers.find((one) => rest.startsWith(one));
    if (marker !== undefined && closings.includes(marker)) return { state: 'done', rest: rest.slice(marker.length) };
    if (marker !== undefined) {
      this.text = rest.slice(marker.length);
      this.#state = 'start';
      return undefined;
    }
    if (markers.some((one) => one.startsWith(rest))) return more;
    return { state: 'done', rest: this.text };
  }

  #begin(name: string): void {
    this.#hasBegun = true;
    this.events.begin(name);
  }

  #fail(): CallProgress {
    return this.#hasBegun ? { state: 'done', rest: this.text } : { state: 'failed', rest: this.#prefix + this.text };
  }
}

type Head =
  | { readonly kind: 'incomplete' | 'other' }
  | { readonly kind: 'named'; readonly name: string /** Up to where the arguments begin. */; readonly length: number };

const headPattern = /^\{\s*"name"\s*:\s*("(?:[^"\\]|\\.)*")\s*,\s*"(?:arguments|parameters)"\s*:\s*(?=[{])/;
/** Whatever may still become the head. */
const partialHead =
  /^\{\s*(?:"(?:n(?:a(?:m(?:e(?:"(?:\s*(?::\s*(?:"(?:[^"\\]|\\.)*(?:\\|"\s*(?:,\s*(?:"(?:[a-z]*(?:"\s*(?::\s*)?)?)?)?)?)?)?)?)?)?)?)?)?)?)?$/;

function headOf(text: string): Head {
  const found = headPattern.exec(text);
  const name = found ? jsonText(found[1] as string) : undefined;
  if (found && name !== undefined) return { kind: 'named', name, length: found[0].length };
  return { kind: partialHead.test(text) ? 'incomplete' : 'other' };
}

function jsonText(json: string): string | undefined {
  try {
    return String(JSON.parse(json));
  } catch {
    return undefined;
  }
}

/** A call from its complete text; undefined when it is none. */
function callOf(
  text: string,
  tools: ToolSet,
  onlyTool: string | undefined,
): { readonly name: string; readonly arguments: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const nested = value.function;
  const call = isRecord(nested) ? nested : value;
  const name = call.name ?? (typeof nested === 'string' ? nested : undefined);
  if (typeof name === 'string' && tools.has(name)) {
    const given = call.arguments ?? call.parameters ?? {};
    return { name, arguments: typeof given === 'string' ? given : JSON.stringify(given) };
  }
  if (name !== undefined || onlyTool === undefined) return undefined;
  const { properties = {} } = tools.parametersOf(onlyTool);
  const known = isRecord(properties) ? properties : {};
  if (!Object.keys(value).every((key) => Object.hasOwn(known, key)) || Object.keys(value).length === 0)
    return undefined;
  return { name: onlyTool, arguments: JSON.stringify(value) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What was held back after the last call. */
function withoutSeparators(rest: string, { closings = [], separators = [] }: JsonCallOptions): string {
  const text = rest.trim();
  return [...closings, ...separators, ']', ','].some((marker) => marker.startsWith(text)) ? '' : rest;
}
