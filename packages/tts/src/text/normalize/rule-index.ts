import type { Rule } from './rule.js';

/** Rules in their order, looked up by the character at which they are to begin. */
export class RuleIndex {
  private readonly byCharacter = new Map<string, readonly Rule[]>();
  private readonly unrestricted: readonly Rule[];

  constructor(rules: readonly Rule[]) {
    this.unrestricted = rules.filter(({ starts }) => starts === undefined);
    for (const character of new Set(rules.flatMap(({ starts = '' }) => [...starts]))) {
      this.byCharacter.set(
        character,
        rules.filter(({ starts }) => starts === undefined || starts.includes(character)),
      );
    }
  }

  startingWith(character: string): readonly Rule[] {
    return this.byCharacter.get(character) ?? this.unrestricted;
  }
}
