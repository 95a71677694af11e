import { type CharacterRange, complement, normalizeRanges } from './grammar.js';
import type { Language } from './language.js';

type Term =
  | { readonly kind: 'empty' }
  | { readonly kind: 'class'; readonly ranges: readonly CharacterRange[] }
  | { readonly kind: 'sequence'; readonly first: number; readonly rest: number }
  | { readonly kind: 'or' | 'and'; readonly of: readonly number[] }
  | { readonly kind: 'not'; readonly of: number }
  | { readonly kind: 'repeat'; readonly of: number; readonly min: number; readonly max: number };

/**
 * Languages and their derivatives by a character (Brzozowski 1964, with the classes of Owens, Reppy and Turon 2009). Equal terms have
 * one number, so that a language has finitely many derivatives.
 */
export class Derivatives {
  readonly #terms: Term[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #ends = new Map<number, boolean>();
  readonly #empty = this.#number({ kind: 'empty' });
  /** No text. */
  readonly nothing = this.#number({ kind: 'or', of: [] });
  readonly #everything = this.#number({ kind: 'not', of: this.nothing });

  /** Terms so far, a measure of the work done. */
  get size(): number {
    return this.#terms.length;
  }

  termOf(language: Language): number {
    switch (language.kind) {
      case 'text': {
        const codes = Array.from(language.text, (one) => one.codePointAt(0) ?? 0);
        return codes.reduceRight((rest, code) => this.#sequence(this.#class([[code, code]]), rest), this.#empty);
      }
      case 'class':
        return this.#class(language.ranges);
      case 'sequence':
        return language.parts.reduceRight((rest, part) => this.#sequence(this.termOf(part), rest), this.#empty);
      case 'repeat':
        return this.#repeat(this.termOf(language.of), language.min, language.max ?? Number.POSITIVE_INFINITY);
      case 'choice':
      case 'or':
        return this.#any(language.of.map((one) => this.termOf(one)));
      case 'and':
        return this.#all(language.of.map((one) => this.termOf(one)));
      case 'not':
        return this.#not(this.termOf(language.of));
      case 'rule':
        throw new TypeError(`a rule (${language.name}) is no regular expression`);
    }
  }

  /** Whether the empty text is in it. */
  hasEmpty(number: number): boolean {
    const known = this.#ends.get(number);
    if (known !== undefined) return known;
    const term = this.#terms[number] as Term;
    const found = ((): boolean => {
      switch (term.kind) {
        case 'empty':
          return true;
        case 'class':
          return false;
        case 'sequence':
          return this.hasEmpty(term.first) && this.hasEmpty(term.rest);
        case 'or':
          return term.of.some((one) => this.hasEmpty(one));
        case 'and':
          return term.of.every((one) => this.hasEmpty(one));
        case 'not':
          return !this.hasEmpty(term.of);
        case 'repeat':
          return term.min === 0 || this.hasEmpty(term.of);
      }
    })();
    this.#ends.set(number, found);
    return found;
  }

  /** What may follow a first character, with the characters that lead there. */
  steps(number: number): ReadonlyMap<number, readonly CharacterRange[]> {
    const borders = new Set<number>();
    this.#borders(number, borders);
    const sorted = [...borders].sort((a, b) => a - b);
    const targets = new Map<number, CharacterRange[]>();
    for (const [low, high] of complement([])) {
      const starts = [low, ...sorted.filter((border) => border > low && border <= high)];
      for (const [i, from] of starts.entries()) {
        const target = this.#derivative(number, from);
        if (target === this.nothing) continue;
        const ranges = targets.get(target) ?? [];
        ranges.push([from, (starts[i + 1] ?? high + 1) - 1]);
        targets.set(target, ranges);
      }
    }
    return new Map([...targets].map(([target, ranges]) => [target, normalizeRanges(ranges)]));
  }

  /** Where one class of characters ends and another begins. */
  #borders(number: number, into: Set<number>): void {
    const term = this.#terms[number] as Term;
    switch (term.kind) {
      case 'empty':
        return;
      case 'class':
        for (const [from, to] of term.ranges) into.add(from).add(to + 1);
        return;
      case 'sequence':
        this.#borders(term.first, into);
        if (this.hasEmpty(term.first)) this.#borders(term.rest, into);
        return;
      case 'or':
      case 'and':
        for (const one of term.of) this.#borders(one, into);
        return;
      case 'not':
      case 'repeat':
        this.#borders(term.of, into);
    }
  }

  #derivative(number: number, code: number): number {
    const term = this.#terms[number] as Term;
    switch (term.kind) {
      case 'empty':
        return this.nothing;
      case 'class':
        return term.ranges.some(([from, to]) => code >= from && code <= to) ? this.#empty : this.nothing;
      case 'sequence': {
        const first = this.#sequence(this.#derivative(term.first, code), term.rest);
        return this.hasEmpty(term.first) ? this.#any([first, this.#derivative(term.rest, code)]) : first;
      }
      case 'or':
        return this.#any(term.of.map((one) => this.#derivative(one, code)));
      case 'and':
        return this.#all(term.of.map((one) => this.#derivative(one, code)));
      case 'not':
        return this.#not(this.#derivative(term.of, code));
      case 'repeat': {
        const { of, min, max } = term;
        return this.#sequence(this.#derivative(of, code), this.#repeat(of, Math.max(0, min - 1), max - 1));
      }
    }
  }

  #class(ranges: readonly CharacterRange[]): number {
    const normal = normalizeRanges(ranges);
    return normal.length === 0 ? this.nothing : this.#number({ kind: 'class', ranges: normal });
  }

  #sequence(first: number, rest: number): number {
    if (first === this.nothing || rest === this.nothing) return this.nothing;
    if (first === this.#empty) return rest;
    if (rest === this.#empty) return first;
    const term = this.#terms[first] as Term;
    // To the right, so that the same sequence is the same term.
    if (term.kind === 'sequence') return this.#sequence(term.first, this.#sequence(term.rest, rest));
    return this.#number({ kind: 'sequence', first, rest });
  }

  #repeat(of: number, min: number, max: number): number {
    if (max < min) return this.nothing;
    if (max === 0 || of === this.#empty) return this.#empty;
    if (of === this.nothing) return min === 0 ? this.#empty : this.nothing;
    if (min === 1 && max === 1) return of;
    return this.#number({ kind: 'repeat', of, min, max });
  }

  #any(of: readonly number[]): number {
    const parts = this.#parts('or', of, this.nothing);
    if (parts.includes(this.#everything)) return this.#everything;
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : this.#number({ kind: 'or', of: parts });
  }

  #all(of: readonly number[]): number {
    const parts = this.#parts('and', of, this.#everything);
    if (parts.includes(this.nothing)) return this.nothing;
    if (parts.length === 0) return this.#everything;
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : this.#number({ kind: 'and', of: parts });
  }

  #not(of: number): number {
    const term = this.#terms[of] as Term;
    return term.kind === 'not' ? term.of : this.#number({ kind: 'not', of });
  }

  /** Those of nested ones too, each once, in one order. */
  #parts(kind: 'or' | 'and', of: readonly number[], neutral: number): readonly number[] {
    const parts = of.flatMap((one) => {
      const term = this.#terms[one] as Term;
      return term.kind === kind ? term.of : [one];
    });
    return [...new Set(parts)].filter((one) => one !== neutral).sort((a, b) => a - b);
  }

  #number(term: Term): number {
    const key = JSON.stringify(term, (_, value: unknown) => (value === Number.POSITIVE_INFINITY ? 'any' : value));
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#terms.push(term);
    this.#numbers.set(key, this.#terms.length - 1);
    return this.#terms.length - 1;
  }
}
