import { FerrumError } from '@ferrum/registry/errors';

/** @throws FerrumError `InvalidParameter` for options that are no object, or hold one that is not among the names. */
export function checkOptionNames(options: unknown, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw invalidParameter('options', 'must be an object');
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) throw invalidParameter(unknown, `is no option; there are ${names.join(', ')}`);
}

/** @throws FerrumError `InvalidParameter` for a number outside the range; undefined is fine. */
export function checkNumber(
  name: string,
  value: number | undefined,
  {
    from,
    to = Number.MAX_VALUE,
    isWhole = false,
  }: { readonly from: number; readonly to?: number; readonly isWhole?: boolean },
): void {
  if (value === undefined) return;
  if (value >= from && value <= to && (!isWhole || Number.isSafeInteger(value))) return;
  throw invalidParameter(name, `is ${value}, but must be ${isWhole ? 'a whole number ' : ''}from ${from} to ${to}`);
}

/** @throws FerrumError `Unsupported` when the feature is used, but not among those that there are. */
export function checkFeature(features: readonly string[], feature: string, isUsed: boolean): void {
  if (!isUsed || features.includes(feature)) return;
  throw new FerrumError('Unsupported', `This mock has no ${feature}; list it among its features.`);
}

export function invalidParameter(parameter: string, problem: string): FerrumError {
  return new FerrumError('InvalidParameter', `${parameter} ${problem}.`, { details: { parameter } });
}
