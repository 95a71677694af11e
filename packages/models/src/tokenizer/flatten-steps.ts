import type { Step } from './definition.js';

/** The steps of sequences, and of those in them, in order. Malformed sequences must have been refused before. */
export function flattenSteps(step: Step | undefined, inner: 'normalizers' | 'pretokenizers'): readonly Step[] {
  if (step === undefined) return [];
  const steps = step[inner];
  return step.type === 'Sequence' && Array.isArray(steps)
    ? steps.flatMap((one: Step) => flattenSteps(one, inner))
    : [step];
}
