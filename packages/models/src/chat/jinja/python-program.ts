import { Environment, parse, tokenize } from '@huggingface/jinja';
import { attributeOf, itemOf } from './python-attributes.js';
import { pythonFilters, pythonTests } from './python-filters.js';
import { pythonOperators } from './python-operators.js';
import { textOf } from './python-text.js';
import { functionOf, itemsOf, listOf, mapOf, type RuntimeFunction, toRuntime } from './runtime-value.js';

export type Program = ReturnType<typeof parse>;

/**
 * Parses Jinja so that it means what it means in Python. `@huggingface/jinja` runs templates with JavaScript's ideas of
 * texts, equality and white space, and lacks filters that real templates use; so calls of methods, filters, tests, some
 * operators, loops and what is written out go through functions of ours, which `pythonEnvironment` holds.
 * Throws what the parser throws.
 */
export function parseTemplate(source: string): Program {
  const program = parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }));
  rewriteFields(program);
  return program;
}

/** Where a template that `parseTemplate` read is run. */
export function pythonEnvironment(): Environment {
  return new Environment(globals());
}

let known: Environment | undefined;

function globals(): Environment {
  if (known) return known;
  known = new Environment();
  for (const [name, implementation] of functions()) {
    // A value of the interpreter, whose type it does not export.
    known.setVariable(name, functionOf(implementation) as ReturnType<Environment['set']>);
  }
  return known;
}

/** Names have a space or a sign, which no name of a template has. */
function* functions(): Generator<readonly [string, RuntimeFunction]> {
  const nothing = toRuntime(undefined);
  yield ['dict', (_, named) => mapOf(named)];
  yield ['written out', ([value = nothing]) => toRuntime(textOf(value))];
  yield ['gone through', ([value = nothing]) => listOf(itemsOf(value))];
  yield [
    'next round',
    (names, _, variables) => {
      // What one round of a loop sets is gone in the next.
      const kept = new Set(['loop', ...names.map(textOf)]);
      for (const name of [...variables.keys()]) if (!kept.has(name)) variables.delete(name);
      return toRuntime(null);
    },
  ];
  yield ['attribute of', ([value = nothing, name = nothing]) => attributeOf(value, textOf(name))];
  yield ['item of', ([value = nothing, index = nothing]) => itemOf(value, index)];
  for (const [name, filter] of Object.entries(pythonFilters)) yield [`filter ${name}`, filter];
  for (const [name, test] of Object.entries(pythonTests)) {
    yield [`test ${name}`, ([value = nothing, other = nothing]) => toRuntime(test(value, other))];
  }
  for (const [sign, operator] of Object.entries(pythonOperators)) {
    yield [`operator ${sign}`, ([left = nothing, right = nothing]) => operator(left, right)];
  }
}

/** A node of the syntax tree, whose classes the parser does not export. */
interface Node {
  readonly type: string;
  [field: string]: unknown;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** Lists of statements, whose expressions are written out. */
const bodies: ReadonlySet<string> = new Set(['body', 'alternate', 'defaultBlock']);

/** Statements, and literal text, which are themselves. */
const plain: ReadonlySet<string> = new Set(
  'Set If For Macro CallStatement FilterStatement Break Continue Comment StringLiteral'.split(' '),
);

function rewriteFields(node: Node): void {
  for (const [field, value] of Object.entries(node)) {
    const isBody = bodies.has(field);
    if (isNode(value)) node[field] = rewrite(value);
    else if (value instanceof Map)
      node[field] = new Map([...value].map(([key, item]) => [rewrite(key), rewrite(item)]));
    else if (Array.isArray(value)) node[field] = value.map((item) => (isBody ? written(rewrite(item)) : rewrite(item)));
  }
}

function written(node: unknown): unknown {
  return isNode(node) && !plain.has(node.type) ? call('written out', [node]) : node;
}

function rewrite(node: unknown): unknown {
  if (!isNode(node)) return node;
  // What is assigned to is not read.
  const { assignee } = node;
  rewriteFields(node);
  if (assignee !== undefined) node.assignee = assignee;
  switch (node.type) {
    case 'MemberExpression':
      return rewriteMember(node);
    case 'FilterExpression':
      return rewriteFilter(node);
    case 'TestExpression':
      return rewriteTest(node);
    case 'BinaryExpression': {
      const sign = isNode(node.operator) ? String(node.operator.value) : '';
      return Object.hasOwn(pythonOperators, sign) ? call(`operator ${sign}`, [node.left, node.right]) : node;
    }
    case 'For':
      rewriteLoop(node);
      return node;
    default:
      return node;
  }
}

function rewriteMember(node: Node): Node {
  const { object, property } = node;
  if (!isNode(property) || property.type === 'SliceExpression') return node;
  if (node.computed === true || property.type === 'IntegerLiteral') return call('item of', [object, property]);
  return call('attribute of', [object, literal(String(property.value))]);
}

function rewriteFilter(node: Node): Node {
  const { filter, operand } = node;
  if (!isNode(filter)) return node;
  const named = filter.type === 'CallExpression' ? filter.callee : filter;
  const name = isNode(named) ? String(named.value) : '';
  if (!Object.hasOwn(pythonFilters, name)) return node;
  return call(`filter ${name}`, [operand, ...listIn(filter.args)]);
}

function rewriteTest(node: Node): Node {
  const name = isNode(node.test) ? String(node.test.value) : '';
  if (!Object.hasOwn(pythonTests, name)) return node;
  const test = call(`test ${name}`, [node.operand]);
  if (node.negate !== true) return test;
  return Object.assign(expression('not x'), { argument: test });
}

function rewriteLoop(node: Node): void {
  const { iterable, loopvar } = node;
  const names = isNode(loopvar) && Array.isArray(loopvar.value) ? loopvar.value : [loopvar];
  const texts = names.filter(isNode).map(({ value }) => literal(String(value)));
  node.body = [call('next round', texts), ...listIn(node.body)];
  // `for x in list if condition` has both in one node.
  if (!isNode(iterable)) return;
  if (iterable.type === 'SelectExpression') iterable.lhs = call('gone through', [iterable.lhs]);
  else node.iterable = call('gone through', [iterable]);
}

function call(name: string, args: readonly unknown[]): Node {
  const node = expression('f()');
  node.callee = Object.assign(expression('f'), { value: name });
  node.args = args;
  return node;
}

function literal(text: string): Node {
  return Object.assign(expression('"x"'), { value: text });
}

/** A node of the parser's own class, which the interpreter wants. */
function expression(source: string): Node {
  const node: unknown = parse(tokenize(`{{ ${source} }}`)).body[0];
  if (!isNode(node)) throw new TypeError(`no expression: ${source}`);
  return node;
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
