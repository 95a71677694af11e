import { FerrumError } from '@ferrum/registry/errors';

export function invalid(parameter: string, problem: string): FerrumError {
  return new FerrumError('RequestValidation', `Invalid request: ${parameter}: ${problem}.`, { details: { parameter } });
}

/** What a field may be. */
export type Rule = (value: unknown) => boolean;

export const isRecord: Rule = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
export const isText: Rule = (value) => typeof value === 'string';
export const isSomeText: Rule = (value) => typeof value === 'string' && value !== '';
export const isFlag: Rule = (value) => typeof value === 'boolean';
export const isOneOf =
  (...values: readonly unknown[]): Rule =>
  (value) =>
    values.includes(value);
export const isWhole =
  (from: number, to = Number.MAX_SAFE_INTEGER): Rule =>
  (value) =>
    Number.isSafeInteger(value) && Number(value) >= from && Number(value) <= to;
export const isNumber =
  (from: number, to = Number.MAX_VALUE): Rule =>
  (value) =>
    typeof value === 'number' && value >= from && value <= to;
export const isListOf =
  (rule: Rule, least = 0): Rule =>
  (value) =>
    Array.isArray(value) && value.length >= least && value.every(rule);
