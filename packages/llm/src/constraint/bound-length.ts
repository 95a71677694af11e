import { choice, type Expression, nothing, repeat, sequence } from './grammar.js';

/** How many characters the texts of an expression have; no rules are followed. */
export function lengthsOf(expression: Expression): { readonly min: number; readonly max: number } {
  switch (expression.kind) {
    case 'text': {
      const length = Array.from(expression.text).length;
      return { min: length, max: length };
    }
    case 'class':
      return { min: 1, max: 1 };
    case 'sequence': {
      const parts = expression.parts.map(lengthsOf);
      return { min: parts.reduce((sum, one) => sum + one.min, 0), max: parts.reduce((sum, one) => sum + one.max, 0) };
    }
    case 'choice': {
      const parts = expression.of.map(lengthsOf);
      return { min: Math.min(...parts.map(({ min }) => min)), max: Math.max(...parts.map(({ max }) => max)) };
    }
    case 'repeat': {
      const { min, max } = lengthsOf(expression.of);
      const times = expression.max ?? Number.POSITIVE_INFINITY;
      return { min: min * expression.min, max: max === 0 || times === 0 ? 0 : max * times };
    }
    case 'rule':
      return { min: 0, max: Number.POSITIVE_INFINITY };
  }
}

/**
 * The texts that have so many characters.
 * @returns undefined where more than one part of the expression has a length that varies, or one by more than a character
 */
export function boundLength(expression: Expression, min: number, max: number): Expression | undefined {
  const own = lengthsOf(expression);
  if (own.min >= min && own.max <= max) return expression;
  if (own.min > max || own.max < min) return nothing;
  switch (expression.kind) {
    case 'choice': {
      const parts = expression.of.map((one) => boundLength(one, min, max));
      return parts.every((part) => part !== undefined) ? choice(...parts) : undefined;
    }
    case 'sequence': {
      const varying = expression.parts.filter((part) => !isFixed(part));
      const [part] = varying;
      if (!part || varying.length > 1) return undefined;
      const others = own.min - lengthsOf(part).min;
      const bound = boundLength(part, min - others, max - others);
      return bound && sequence(...expression.parts.map((one) => (one === part ? bound : one)));
    }
    case 'repeat': {
      const each = lengthsOf(expression.of);
      if (each.min !== 1 || each.max !== 1) return undefined;
      const most = Math.min(max, expression.max ?? max);
      return repeat(expression.of, Math.max(min, expression.min), most === Number.POSITIVE_INFINITY ? undefined : most);
    }
    default:
      return undefined;
  }
}

function isFixed(expression: Expression): boolean {
  const { min, max } = lengthsOf(expression);
  return min === max;
}
