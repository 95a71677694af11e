/**
 * The text without what espeak-ng would take for commands or for its own marks: control characters, lone surrogates,
 * private and unassigned code points become spaces. Accents are composed, since its dictionaries have them so.
 */
export function cleanText(text: string): string {
  return text
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .replace(/(?![\n\t])[\p{Cc}\p{Cs}\p{Co}\p{Cn}]/gu, ' ');
}
