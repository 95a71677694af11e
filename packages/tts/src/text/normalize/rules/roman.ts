import { WORD_END } from '../number-pattern.js';
import { cardinal, ordinal } from '../number-words.js';
import { type Rule, rule, textAfter, wordBefore } from '../rule.js';

/** Roman numerals: after a word that numbers things, after a ruler's name, before "century", or plainly nothing else. */
export const ROMAN_RULES: readonly Rule[] = [
  rule(
    String.raw`(?=[IVXLCDM])(M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3}))(st|nd|rd|th)?${WORD_END}(?!['.]\p{L})`,
    (match, context) => {
      const [matched, numeral = '', suffix] = match;
      if (numeral === '') return undefined;
      const value = String(romanValue(numeral));
      const before = wordBefore(context);
      const after = textAfter(context, context.start + matched.length);
      const isCertain = numeral.length > 1 || (/^[IVX]$/.test(numeral) && (numeral !== 'I' || LONE_I.test(after)));
      if (suffix !== undefined) return numeral.length > 1 ? ordinal(value, context.british) : undefined;
      if (/^ century|^-century/i.test(after) && /^[IVX]+$/.test(numeral)) return ordinal(value, context.british);
      if (isCertain && NUMBERED.test(before)) return cardinal(value, context.british);
      if (isCertain && RULERS.has(before)) return `the ${ordinal(value, context.british)}`;
      // "Rocky III"; IV, VI, XI and XXX also have other readings.
      return /^[IVX]{2,}$/.test(numeral) && !/^(?:IV|VI|XI|XX|XXX)$/.test(numeral)
        ? cardinal(value, context.british)
        : undefined;
    },
  ),
];

function romanValue(numeral: string): number {
  const values = Array.from(numeral, (letter) => VALUES[letter] ?? 0);
  return values.reduce((sum, value, index) => (value < (values[index + 1] ?? 0) ? sum - value : sum + value), 0);
}

const VALUES: Readonly<Record<string, number>> = { I: 1, V: 5, X: 10, L: 50, C: 100, D: 500, M: 1000 };
/** After these the I of "Chapter I" is no pronoun. */
const LONE_I = /^(?:$|[.,;:!?)"']| (?:of|was|is|and|in|to|began|ended|reigned|ruled|had|by)\b)/;
const NUMBERED =
  /^(?:Chapter|Part|Book|Volume|Vol\.|Act|Scene|Section|Article|Appendix|Phase|Type|Class|Level|Stage|Grade|Figure|Fig\.|Table|Title|Episode|War|Bowl|Unit|Lesson|Canto|Psalm|Schedule|Category|Group|Tier|Mark|Apollo|Fantasy|Division|Amendment|chapter|part|type|stage|phase|volume|section|article|grade)$/;
const RULERS = new Set(
  'Henry Louis George Edward Richard William James Charles Elizabeth Mary Pius Benedict Leo Nicholas Alexander Catherine Frederick Philip Ferdinand Napoleon Peter Ivan Paul John Gregory Innocent Clement Urban Francis Otto Wilhelm Friedrich Ludwig Victoria Albert Leopold Haakon Harald Gustav Christian Olaf Margrethe Juan Alfonso Ramesses Ramses Cleopatra Ptolemy Darius Xerxes Cyrus Constantine Theodosius Justinian Baldwin Robert Stephen Umberto Emmanuel Maximilian Franz Joseph Rudolf Selim Mehmed Murad Suleiman'.split(
    ' ',
  ),
);
