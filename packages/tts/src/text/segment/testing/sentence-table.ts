import { englishTexts } from './english-texts.js';
import { otherTexts } from './other-texts.js';

export interface TableEntry {
  readonly language: string;
  readonly text: string;
  readonly sentences: readonly string[];
}

/** Texts and their sentences as a person divides them. In the lists, ‖ stands where a sentence ends. */
export const sentenceTable: readonly TableEntry[] = [
  ...englishTexts.map((text) => toEntry('en', text)),
  ...Object.entries(otherTexts).flatMap(([language, texts]) => texts.map((text) => toEntry(language, text))),
];

function toEntry(language: string, marked: string): TableEntry {
  return {
    language,
    text: marked.replaceAll('‖', ''),
    sentences: marked.split('‖').map((sentence) => sentence.trim()),
  };
}
