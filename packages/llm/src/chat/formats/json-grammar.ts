import type { ToolDefinition } from '@ferrum/interfaces';
import type { ConstraintSpec, ConstraintTrigger } from '../../constraint/constraint-spec.js';
import { parametersOf, type ToolSet } from '../tool-set.js';

const literal = (text: string): ConstraintSpec => ({ type: 'literal', text });

type ArgumentsKey = 'arguments' | 'parameters';

/** `{"name": "…", "arguments": …}` of any of the tools. */
export function jsonCall(tools: ToolSet, argumentsKey: ArgumentsKey = 'arguments'): ConstraintSpec {
  return {
    type: 'alternatives',
    of: tools.tools.map((tool) => between(callHead(tool.name, argumentsKey), wholeArguments(tools, tool), '}')),
  };
}

/** For formats without an opening of their own: a call is what names a tool. */
export function jsonTriggers(tools: ToolSet, argumentsKey: ArgumentsKey): readonly ConstraintTrigger[] {
  return tools.tools.map((tool) => ({
    text: callHead(tool.name, argumentsKey),
    inner: { type: 'sequence', parts: [wholeArguments(tools, tool), literal('}')] },
  }));
}

function callHead(name: string, argumentsKey: ArgumentsKey): string {
  return `{"name": ${JSON.stringify(name)}, "${argumentsKey}": `;
}

/** A tool's arguments as one object. */
export function wholeArguments(tools: ToolSet, tool: ToolDefinition): ConstraintSpec {
  return { type: 'json_schema', schema: parametersOf(tool), field: tools.fieldOf(tool) };
}

/** One call, or several in a row. */
export function repeated(call: ConstraintSpec, tools: ToolSet, separator: string): ConstraintSpec {
  if (!tools.parallel) return call;
  return { type: 'repeat', of: call, min: 1, ...(separator === '' ? {} : { separator }) };
}

/** A text before and after. */
export function between(before: string, inner: ConstraintSpec, after = ''): ConstraintSpec {
  return { type: 'sequence', parts: [literal(before), inner, ...(after === '' ? [] : [literal(after)])] };
}
