/** Those of a plain request, for the units of its text. */
export const unitSettings = {
  language: 'en-US',
  emoji: 'drop',
  sentencePause: 0.3,
  signal: undefined,
  warn: () => undefined,
  speed: 1,
  stretch: 1,
  wordTimestamps: false,
} as const;
