/** What a client sent, to be named in an answer. @param most in characters */
export function shorten(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
