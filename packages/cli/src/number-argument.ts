import { InvalidArgumentError } from 'commander';

export interface NumberRange {
  readonly minimum?: number;
  readonly maximum?: number;
  /** The minimum itself is not allowed. */
  readonly aboveMinimum?: boolean;
}

/** A commander argument parser for decimal numbers. */
export function numberArgument(range: NumberRange = {}): (text: string) => number {
  return (text) => {
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    if (Number.isFinite(value) && isWithin(value, range)) return value;
    throw new InvalidArgumentError(`It must be a number${describeRange(range)}.`);
  };
}

/** A commander argument parser for whole numbers up to 2^53 − 1. */
export function integerArgument(range: NumberRange = {}): (text: string) => number {
  return (text) => {
    const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && isWithin(value, range)) return value;
    throw new InvalidArgumentError(`It must be a whole number${describeRange(range)}.`);
  };
}

/** A commander argument parser for whole numbers separated by commas. */
export function integerListArgument(range: NumberRange = {}): (text: string) => readonly number[] {
  return listArgument(integerArgument(range), `whole numbers${describeRange(range)}`);
}

/** A commander argument parser for decimal numbers separated by commas. */
export function numberListArgument(range: NumberRange = {}): (text: string) => readonly number[] {
  return listArgument(numberArgument(range), `numbers${describeRange(range)}`);
}

/** The same parser, but `none` is allowed too. (Commander takes null for a flag without a value.) */
export function orNone<T>(parse: (text: string) => T): (text: string) => T | 'none' {
  return (text) => {
    if (text === 'none') return text;
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      throw new InvalidArgumentError(error.message.replace(/\.$/, ', or "none".'));
    }
  };
}

function listArgument(parse: (text: string) => number, expected: string): (text: string) => readonly number[] {
  return (text) => {
    try {
      return text.split(',').map((part) => parse(part.trim()));
    } catch {
      throw new InvalidArgumentError(`It must be ${expected}, separated by commas.`);
    }
  };
}

function isWithin(value: number, { minimum, maximum, aboveMinimum = false }: NumberRange): boolean {
  if (minimum !== undefined && (aboveMinimum ? value <= minimum : value < minimum)) return false;
  return maximum === undefined || value <= maximum;
}

function describeRange({ minimum, maximum, aboveMinimum = false }: NumberRange): string {
  const bounds: string[] = [];
  if (minimum !== undefined) bounds.push(aboveMinimum ? `above ${minimum}` : `at least ${minimum}`);
  if (maximum !== undefined) bounds.push(`at most ${maximum}`);
  return bounds.length > 0 ? `, ${bounds.join(' and ')}` : '';
}
