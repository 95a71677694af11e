import type { ToolSet } from '../tool-set.js';
import type { CallEvents, CallParser, CallProgress } from './format.js';

/** A parser that goes from one state to the next as far as the text it has allows. */
export abstract class StepwiseParser implements CallParser {
  /** What is not taken yet. */
  protected text = '';

  constructor(
    protected readonly tools: ToolSet,
    protected readonly events: CallEvents,
  ) {}

  push(text: string): CallProgress {
    this.text += text;
    for (;;) {
      const progress = this.advance();
      if (progress) return progress;
    }
  }

  abstract end(): string;

  /** @returns what to tell, or undefined to go on with what is there. */
  protected abstract advance(): CallProgress | undefined;
}
