/**
 * Takes out what would command the terminal instead of being shown on it: control characters other than tab and line
 * feed. A model can be made to write escape sequences.
 */
export function cleanForTerminal(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => (character === '\n' || character === '\t' ? character : ''));
}
