import { linear as addLinear, type Value } from '@ferrum/onnx';

/**
 * Adds linear layers, and to the outputs of those in `targets` what an adapter makes of their input: x · A ∘ mask · B.
 * Inputs per target NAME: `lora_a.NAME` float32 [inFeatures, rank], `lora_b.NAME` float32 [rank, outFeatures] and, where
 * rows of a run have adapters of their own, `lora_mask.NAME` float32 [batch, 1, rank].
 */
export function loraLinear(targets: ReadonlySet<string>, { masked }: { readonly masked: boolean }): typeof addLinear {
  return (graph, x, weights, name): Value => {
    const product = addLinear(graph, x, weights, name);
    if (!targets.has(name)) return product;
    const rank = `rank_${name.replaceAll('.', '_')}`;
    const a = graph.input(`lora_a.${name}`, 'float32', [weights.inFeatures, rank]);
    const b = graph.input(`lora_b.${name}`, 'float32', [rank, weights.outFeatures]);
    let inner = graph.node('MatMul', [x, a], { name: `${name}.loraA` });
    if (masked) {
      const mask = graph.input(`lora_mask.${name}`, 'float32', ['batch', 1, rank]);
      inner = graph.node('Mul', [inner, mask], { name: `${name}.loraMask` });
    }
    const outer = graph.node('MatMul', [inner, b], { name: `${name}.loraB` });
    return graph.node('Add', [product, outer], { name: `${name}.lora` });
  };
}
