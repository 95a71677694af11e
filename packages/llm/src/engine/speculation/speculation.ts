import type { SpeculationStats } from '@ferrum/interfaces';

/** Guesses how a text goes on. */
export interface Drafter {
  /** @returns at most `count` tokens, none when it has no idea. */
  draft(tokens: readonly number[], count: number): readonly number[] | Promise<readonly number[]>;
}

/** The drafting for one answer, and how well it goes. */
export class Speculation {
  /** For the next step. */
  drafted: readonly number[] = [];
  #draftedTokens = 0;
  #acceptedTokens = 0;
  /** Tokens of the next draft: as many as went well last time, twice as many when all did. */
  #length: number;

  constructor(
    private readonly drafter: Drafter,
    private readonly depth: number,
    private readonly acceptanceThreshold: number,
  ) {
    this.#length = depth;
  }

  async prepare(tokens: readonly number[]): Promise<void> {
    this.drafted = this.#isWorthIt() ? await this.drafter.draft(tokens, this.#length) : [];
  }

  record(drafted: number, accepted: number): void {
    this.#draftedTokens += drafted;
    this.#acceptedTokens += accepted;
    this.#length = Math.min(this.depth, accepted === drafted ? 2 * this.#length : accepted + 1);
  }

  get stats(): SpeculationStats {
    const [draftedTokens, acceptedTokens] = [this.#draftedTokens, this.#acceptedTokens];
    return {
      draftedTokens,
      acceptedTokens,
      ...(draftedTokens > 0 ? { acceptanceRate: acceptedTokens / draftedTokens } : {}),
    };
  }

  /** A few drafts say nothing yet. */
  #isWorthIt(): boolean {
    return (
      this.#draftedTokens < 4 * this.depth || this.#acceptedTokens >= this.acceptanceThreshold * this.#draftedTokens
    );
  }
}
