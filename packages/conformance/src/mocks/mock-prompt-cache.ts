/** Remembers prompts, and tells how much of another one they hold. */
export class MockPromptCache {
  readonly #prompts = new Map<string, (readonly string[])[]>();

  /** @returns tokens at the prompt's start that an earlier one with the same salt began with too */
  take(prompt: readonly string[], salt = ''): number {
    const earlier = this.#prompts.get(salt) ?? [];
    const shared = earlier.map((other) => prompt.findIndex((word, index) => word !== other[index]));
    this.#prompts.set(salt, [...earlier, prompt].slice(-100));
    // The last token is always computed.
    return Math.max(0, ...shared.map((length) => (length < 0 ? prompt.length - 1 : length)));
  }
}
