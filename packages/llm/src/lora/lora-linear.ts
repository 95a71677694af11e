import { linear as addLinear, type Value } from '@ferrum/onnx';

/**
 * Adds linear layers, and to the outputs of those in `targets` what an adapter makes of their input: x · A ∘ mask · B.
 * Inputs per target NAME: `lora_a.NAME` float32 [inFeatures, rank], `lora_b.NAME` float32 [rank, outFeatures] and, where
 * rows of a run have adapters of their own, `lora_mask.NAME` float32 [batch, 1, rank]. Without a mask, layers take matrices.
 */
export function loraLinear(targets: ReadonlySet<string>, { masked }: { readonly masked: boolean }): typeof addLinear {
  return (graph, x, weights, name): Value => {
    const product = addLinear(graph, x, weights, name);
    if (!targets.has(name)) return product;
    const rank = `rank_${name.replaceAll('.', '_')}`;
    const a = graph.input(`lora_a.${name}`, 'float32', [weights.inFeatures, rank]);
    const b = graph.input(`lora_b.${name}`, 'float32', [rank, weights.outFeatures]);
    const inner = graph.node('MatMul', [x, a], { name: `${name}.loraA` });
    // Without a mask rows are those of one sequence, a matrix: its sum with the product is one pass.
    if (!masked) return graph.node('Gemm', [inner, b, product], { name: `${name}.lora` });
    const mask = graph.input(`lora_mask.${name}`, 'float32', ['batch', 1, rank]);
    const own = graph.node('Mul', [inner, mask], { name: `${name}.loraMask` });
    const outer = graph.node('MatMul', [own, b], { name: `${name}.loraB` });
    return graph.node('Add', [product, outer], { name: `${name}.lora` });
  };
}
