import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Tensor } from '../../tensor/tensor.js';
import { GraphBuilder } from '../graph-builder.js';
import { type TensorType, tensorTypeCode } from '../tensor-type.js';
import { onnxPythonMissing, runPython } from '../testing/onnx-python.js';
import { runGraph } from '../testing/run-graph.js';
import { addStandardNodes } from '../testing/standard-graph.js';
import { operatorSchemas } from './index.js';
import type { AttributeKind } from './schema.js';

const standard = [...operatorSchemas.values()].filter(
  // ONNX Runtime's, though in the standard domain.
  ({ domain, name }) => domain === '' && name !== 'SimplifiedLayerNormalization',
);

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ferrum-operators-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

it('the test graph has every standard operator of the table', () => {
  const used = new Set<string>();
  const graph = new GraphBuilder({ name: 'standard' });
  const node = graph.node.bind(graph);
  const nodes = graph.nodes.bind(graph);
  graph.node = (operator, ...rest) => {
    used.add(operator);
    return node(operator, ...rest);
  };
  graph.nodes = (operator, ...rest) => {
    used.add(operator);
    return nodes(operator, ...rest);
  };
  addStandardNodes(graph);
  expect([...used].sort()).toEqual(standard.map(({ name }) => name).sort());
});

it('Split takes sizes that are known only in the run, 0 among them', async () => {
  const graph = new GraphBuilder({ name: 'split' });
  const x = graph.input('x', 'float32', ['rows', 2]);
  const parts = graph.nodes('Split', [x, graph.input('sizes', 'int64', [3])], { outputs: 3, attributes: { axis: 0 } });
  expect(new Set(parts.map(({ shape }) => shape[0])).size).toBe(3);
  const results = await runGraph(graph, parts, {
    x: Tensor.from('float32', [3, 2], Float32Array.of(1, 2, 3, 4, 5, 6)),
    sizes: Tensor.from('int64', [3], BigInt64Array.of(2n, 0n, 1n)),
  });
  expect(results.map(({ data }) => [...data].map(Number))).toEqual([[1, 2, 3, 4], [], [5, 6]]);
});

describe.skipIf(onnxPythonMissing)(
  `against the Python package onnx${onnxPythonMissing ? ` (${onnxPythonMissing})` : ''}`,
  () => {
    it('the model passes the checker, and strict shape inference gives the same types and shapes', async () => {
      const graph = new GraphBuilder({ name: 'standard', producerVersion: '1.2.3', metadata: { origin: 'test' } });
      const values = addStandardNodes(graph);
      const expected = new Map(values.map((value, index) => [`y${index}`, graph.output(`y${index}`, value)]));
      const path = join(directory, 'standard.onnx');
      await writeFile(path, graph.build());
      const inferred = runPython(
        `
import json, sys, onnx
model = onnx.load(sys.argv[1])
onnx.checker.check_model(model, full_check=True)
assert (model.producer_version, model.metadata_props[0].value) == ('1.2.3', 'test')
for output in model.graph.output:
    output.type.Clear()
model = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
types = [(o.name, o.type.tensor_type) for o in model.graph.output]
print(json.dumps({n: [t.elem_type, [d.dim_value if d.HasField('dim_value') else d.dim_param for d in t.shape.dim]] for n, t in types}))
`,
        path,
      ) as Record<string, [number, (number | string)[]]>;
      expect(Object.keys(inferred)).toEqual([...expected.keys()]);
      for (const [name, value] of expected) {
        const [code, shape] = inferred[name] ?? [];
        expect({ name, code, rank: shape?.length }).toEqual({
          name,
          code: tensorTypeCode(value.type),
          rank: value.shape.length,
        });
        // Where onnx has only a name of its own, or none, we may know more.
        const isKnown = (size: number | string) => typeof size === 'number' || ['batch', 'tokens'].includes(size);
        const known = shape?.map((size, axis) => (isKnown(size) ? size : value.shape[axis]));
        expect({ name, shape: value.shape }).toEqual({ name, shape: known });
      }
    });

    it('the table agrees with the standard of opset 21', () => {
      const reference = runPython(
        `
import json, sys, onnx
def arity(p):
    return p.option.name.lower()
def types(s, p):
    found = {t.type_param_str: t.allowed_type_strs for t in s.type_constraints}.get(p.type_str, [p.type_str])
    return sorted(t[7:-1] for t in found if t.startswith('tensor('))
table = {}
for name in sys.argv[1:]:
    s = onnx.defs.get_schema(name, 21, '')
    table[name] = {
        'inputs': [[arity(p), types(s, p)] for p in s.inputs],
        'outputs': [arity(p) for p in s.outputs],
        'attributes': {k: [a.type.name, a.required] for k, a in s.attributes.items()},
    }
print(json.dumps(table))
`,
        ...standard.map(({ name }) => name),
      );
      const arity = (rule: { optional?: true; variadic?: true }) =>
        rule.optional ? 'optional' : rule.variadic ? 'variadic' : 'single';
      const table = standard.map((schema) => [
        schema.name,
        {
          inputs: schema.inputs.map((rule) => [arity(rule), (schema.types[rule.type] ?? []).map(onnxTypeName).sort()]),
          outputs: schema.outputs.map(arity),
          attributes: Object.fromEntries(
            Object.entries(schema.attributes).map(([name, rule]) => [
              name,
              [onnxKinds[rule.kind], rule.required ?? false],
            ]),
          ),
        },
      ]);
      expect(Object.fromEntries(table)).toEqual(reference);
    });
  },
);

const onnxKinds: { readonly [kind in AttributeKind]: string } = {
  float: 'FLOAT',
  int: 'INT',
  string: 'STRING',
  ints: 'INTS',
  tensor: 'TENSOR',
  elementType: 'INT',
};

function onnxTypeName(type: TensorType): string {
  return type === 'float32' ? 'float' : type === 'float64' ? 'double' : type;
}
