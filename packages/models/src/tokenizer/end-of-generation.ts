/**
 * Tokens that end a turn in the known chat formats. Files often name only one of them as the end-of-sequence token,
 * or the wrong one, and a model that emits any of them has nothing more to say.
 */
const turnEnds: readonly string[] = [
  '</s>',
  '<|endoftext|>',
  '<|end_of_text|>',
  '<|im_end|>',
  '<|eot_id|>',
  '<|eom_id|>',
  '<|end|>',
  '<end_of_turn>',
  '<end_of_utterance>',
  '<｜end▁of▁sentence｜>',
];

/**
 * @param declared ids that the model's own files name
 * @param addedTokens where the known texts are looked for: an ordinary token never ends a generation
 */
export function collectEndOfGenerationTokens(
  declared: Iterable<number | undefined>,
  addedTokens: Iterable<{ readonly id: number; readonly content: string }>,
): ReadonlySet<number> {
  const ids = new Set<number>();
  for (const id of declared) if (id !== undefined) ids.add(id);
  const contents = new Map<string, number>();
  for (const { id, content } of addedTokens) contents.set(content, id);
  // The harmony format ends messages inside a turn with <|end|>, and the turn with <|return|> or <|call|>.
  const harmony = contents.has('<|return|>') && contents.has('<|call|>');
  const known = harmony ? [...turnEnds.filter((text) => text !== '<|end|>'), '<|return|>', '<|call|>'] : turnEnds;
  for (const text of known) {
    const id = contents.get(text);
    if (id !== undefined) ids.add(id);
  }
  return ids;
}
