import type { OutputAdjustment } from '@ferrum/onnx';

/**
 * Adds to the outputs of the layers in `targets` what an adapter makes of their input: x · A ∘ mask · B, where x has a row for
 * each token. Inputs per target NAME: `lora_a.NAME` float32 [inFeatures, rank], `lora_b.NAME` float32 [rank, outFeatures] and,
 * where rows of a run have adapters of their own, `lora_mask.NAME` float32 [rows, rank], or [1, rank] for all rows alike.
 */
export function loraAdjustment(
  targets: ReadonlySet<string>,
  { masked }: { readonly masked: boolean },
): OutputAdjustment {
  return (graph, x, output, name) => {
    if (!targets.has(name)) return output;
    const rank = `rank_${name.replaceAll('.', '_')}`;
    const [rows, inFeatures, outFeatures] = [x.shape[0], x.shape[1], output.shape[1]] as [string, number, number];
    const a = graph.input(`lora_a.${name}`, 'float32', [inFeatures, rank]);
    const b = graph.input(`lora_b.${name}`, 'float32', [rank, outFeatures]);
    const inner = graph.node('MatMul', [x, a], { name: `${name}.loraA` });
    const own = masked
      ? graph.node('Mul', [inner, graph.input(`lora_mask.${name}`, 'float32', [rows, rank])], {
          name: `${name}.loraMask`,
        })
      : inner;
    return graph.node('Gemm', [own, b, output], { name: `${name}.lora` });
  };
}
