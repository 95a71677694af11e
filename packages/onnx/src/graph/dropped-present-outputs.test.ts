import { describe, expect, it } from 'vitest';
import { findDroppedPresentOutputs } from './dropped-present-outputs.js';
import type { OnnxGraph, OnnxModel, OnnxNode } from './model.js';

function attention(outputs: readonly string[], name = 'attention'): OnnxNode {
  return { name, operator: 'GroupQueryAttention', domain: 'com.microsoft', inputs: [], outputs, attributes: new Map() };
}

function graphOf(nodes: readonly OnnxNode[], outputs: readonly string[]): OnnxGraph {
  return { name: 'g', nodes, initializers: [], inputs: [], outputs: outputs.map((name) => ({ name })) };
}

function modelOf(graph: OnnxGraph, functions: OnnxModel['functions'] = []): OnnxModel {
  return { irVersion: 10, producerName: '', producerVersion: '', opsets: [], metadata: new Map(), graph, functions };
}

describe('findDroppedPresentOutputs', () => {
  it('accepts present outputs that leave the graph', () => {
    const graph = graphOf([attention(['y', 'key', 'value'])], ['y', 'key', 'value']);
    expect(findDroppedPresentOutputs(modelOf(graph))).toEqual([]);
  });

  it.each([
    { outputs: ['y'], reasons: ['not declared', 'not declared'] },
    { outputs: ['y', '', 'value'], reasons: ['not declared'] },
    { outputs: ['y', 'inner', 'value'], reasons: ['not an output of its graph'] },
  ])('reports the outputs $outputs', ({ outputs, reasons }) => {
    const found = findDroppedPresentOutputs(modelOf(graphOf([attention(outputs)], ['y', 'value'])));
    expect(found.map(({ reason }) => reason)).toEqual(reasons);
    expect(found[0]).toMatchObject({ node: 'attention', output: 'present_key' });
  });

  it('looks into subgraphs and functions, each against its own outputs', () => {
    const body = graphOf([attention(['y', 'key', 'value'], 'inner')], ['y']);
    const branch: OnnxNode = {
      ...attention(['z'], 'if'),
      operator: 'If',
      domain: '',
      attributes: new Map([['then_branch', { type: 'graph', value: body }]]),
    };
    const nodes = [attention(['y', 'key', 'value'], '')];
    const functions = [{ domain: 'd', name: 'f', inputs: [], outputs: ['y', 'key'], nodes }];
    const found = findDroppedPresentOutputs(modelOf(graphOf([branch], ['z', 'key', 'value']), functions));
    expect(found.map(({ node, output }) => `${node} ${output}`)).toEqual([
      'inner present_key',
      'inner present_value',
      'GroupQueryAttention (node 0) present_value',
    ]);
  });
});
