import type { CommandContext } from '../context.js';
import { cleanForTerminal } from './terminal-text.js';

/**
 * What a model thinks, on stderr: stdout carries the answer alone. Shown on a terminal, dimmed, or with `--verbose`, between
 * lines that say where it begins and ends.
 */
export class ThinkingOutput {
  readonly #isShown: boolean;
  #isOpen = false;
  #endsLine = true;

  constructor(
    private readonly context: Pick<CommandContext, 'stderr' | 'verbose'>,
    { isHidden }: { readonly isHidden: boolean },
  ) {
    this.#isShown = !isHidden && (context.stderr.isTerminal || context.verbose);
  }

  async write(text: string): Promise<void> {
    if (!this.#isShown) return;
    const opening = this.#isOpen ? '' : '[thinking]\n';
    this.#isOpen = true;
    this.#endsLine = text.endsWith('\n');
    await this.#write(opening + cleanForTerminal(text));
  }

  /** Before what is no thought: the answer, an error, the speed. Safe to call more than once. */
  async end(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#write(`${this.#endsLine ? '' : '\n'}[end of thinking]\n`);
  }

  async #write(text: string): Promise<void> {
    const { stderr } = this.context;
    await stderr.write(stderr.colors.dim(text));
  }
}
