/** Texts that a model puts around what it thinks. */
export interface ReasoningTags {
  readonly open: string;
  readonly close: string;
}

const families: readonly ReasoningTags[] = [
  // Qwen 3, DeepSeek R1, SmolLM3, Granite 3.3 and most others.
  { open: '<think>', close: '</think>' },
  // Magistral.
  { open: '[THINK]', close: '[/THINK]' },
  // Granite 3.2.
  { open: 'Here is my thought process:', close: 'Here is my response:' },
  { open: '<thinking>', close: '</thinking>' },
];

/** The tags of a model, as its chat template mentions them; undefined where it mentions none. */
export function tagsOfTemplate(template: string): ReasoningTags | undefined {
  return families.find(({ open, close }) => template.includes(open) || template.includes(close));
}
