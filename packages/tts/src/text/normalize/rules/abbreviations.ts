import { ABBREVIATIONS, type Condition } from '../abbreviation-names.js';
import { closingStop, endsText, type Rule, type RuleContext, rule, textAfter, wordBefore } from '../rule.js';
import { unitWords } from '../unit-names.js';

/** Abbreviations as the words they stand for; initials and initialisms without the full stops that would end a clause. */
export const ABBREVIATION_RULES: readonly Rule[] = [
  // "w/o", "w/", "c/o", "n/a"
  rule(String.raw`(w/o|w/|c/o|b/c|n/a|N/A)(?![\p{L}\p{Nd}])`, (match) => SLASHED[match[1] ?? '']),
  rule(String.raw`w/(?=\p{L})`, () => 'with '),
  rule(String.raw`([Ee]\.? ?g\.?|[Ii]\.? ?e\.?)(?=[ ,:;)]|$)(?<=\..?.?)`, (match, context) => {
    const words = /^e/i.test(match[0]) ? 'for example' : 'that is';
    return capitalLike(match[0], words) + closingStop(match, context);
  }),
  rule(
    String.raw`a\.?k\.?a\.?${'(?![\\p{L}\\p{Nd}])'}`,
    (match, context) => `also known as${closingStop(match, context)}`,
  ),
  rule(
    String.raw`P[Hh]\.? ?D(?:\.|(?![\p{L}\p{Nd}]))(s(?!\p{L}))?`,
    (match, context) => `PhD${match[1] ?? ''}${closingStop(match, context)}`,
  ),
  rule(String.raw`(?:St|Dr)\.?(?![\p{L}\p{Nd}'])`, (match, context) => titleOrStreet(match, context)),
  rule(String.raw`(\p{L}{1,7})\.(?![\p{L}\p{Nd}])`, (match, context) => {
    const meanings = ABBREVIATIONS.get(match[1] ?? '') ?? [];
    const meaning = meanings.find(({ when }) => CONDITIONS[when](context, match[0].length));
    return meaning && meaning.words + closingStop(match, context);
  }),
  rule(
    String.raw`(Mrs?|Ms|Mx|Prof|Gov|Sgt|Capt|Lt|Col|Rev)(?= \p{Lu})`,
    (match) => ABBREVIATIONS.get(match[1] ?? '')?.[0]?.words,
  ),
  rule(String.raw`(vs|etc|approx|dept)(?![\p{L}\p{Nd}.])`, (match) => ABBREVIATIONS.get(match[1] ?? '')?.[0]?.words),
  rule(String.raw`[Ss]q\.? (ft|in|yd|mi|m|km|cm)(?:\.|(?![\p{L}\p{Nd}]))`, (match, context) => {
    const unit = unitWords(`${match[1]}²`);
    return unit && unit.many + closingStop(match, context);
  }),
  rule(String.raw`WW(II?)(?![\p{L}\p{Nd}])`, (match) => `World War ${match[1] === 'I' ? 'one' : 'two'}`),
  // "U.S. Senate": the last full stop would end the clause.
  rule(String.raw`(?:\p{Lu}\.){2,6}(?![\p{L}\p{Nd}])`, (match, context) =>
    endsText(context, context.start + match[0].length) ? undefined : match[0].slice(0, -1),
  ),
  // "J. R. R. Tolkien"; the letter A alone would be the article.
  rule(String.raw`(\p{Lu})\.(?= \p{Lu})`, (match, context) =>
    /[\p{L}\p{Nd}'-]/u.test(context.text.charAt(context.start - 1))
      ? undefined
      : `${match[1] === 'A' ? 'Eh' : match[1]} `,
  ),
];

const CONDITIONS: Readonly<Record<Condition, (context: RuleContext, length: number) => boolean>> = {
  always: () => true,
  beforeName: (context, length) => /^ ["']?\p{Lu}/u.test(textAfter(context, context.start + length)),
  beforeNumber: (context, length) =>
    /^ ?[#(]?(?:\d|[IVXLC]{2,}(?!\p{L}))/u.test(textAfter(context, context.start + length)),
  inside: (context, length) => !endsText(context, context.start + length),
  afterName: (context) => /^(?:\p{Lu}|\d+(?:st|nd|rd|th)$)/u.test(wordBefore(context)),
  // "I met Jan." is a name; "the Mar. issue", "in Nov." are months.
  month: (context, length) =>
    !endsText(context, context.start + length) ||
    /^(?:in|last|next|this|since|by|until|of|late|early|mid|every)$/i.test(wordBefore(context)),
  weekday: (context, length) =>
    /^(?:,| (?:\d|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)|at |and |to |through |from ))/.test(
      textAfter(context, context.start + length),
    ),
};

const SLASHED: Readonly<Record<string, string>> = {
  'w/o': 'without',
  'w/': 'with',
  'c/o': 'care of',
  'b/c': 'because',
  'n/a': 'not applicable',
  'N/A': 'not applicable',
};

/** Saint or Street, Doctor or Drive: a title stands before a name, a street after one. */
function titleOrStreet(match: RegExpExecArray, context: RuleContext): string | undefined {
  const isSaint = match[0].startsWith('S');
  const hasStop = match[0].endsWith('.');
  const before = wordBefore(context);
  const nextIsName = /^ ["']?\p{Lu}/u.test(textAfter(context, context.start + match[0].length));
  const lead = context.text.slice(Math.max(0, context.start - 40), context.start);
  const afterHouseNumber = /(?:^| )\d{1,5} (?:[NSEW]\.? )?(?:\p{Lu}[\p{L}'-]* |\d{1,3}(?:st|nd|rd|th) ){1,3}$/u.test(
    lead,
  );
  const afterName = /^(?:\p{Lu}\p{Ll}|\d+(?:st|nd|rd|th)$)/u.test(before) && !NOT_A_STREET.has(before);
  const nextIsSaint = SAINT.test(textAfter(context, context.start + match[0].length));
  if (afterHouseNumber || (afterName && (!nextIsName || (isSaint && hasStop && !nextIsSaint)))) {
    // Before a capital the full stop ends the sentence, or parts the street from the city.
    return (isSaint ? 'Street' : 'Drive') + (nextIsName && hasStop ? '.' : closingStop(match, context));
  }
  if (nextIsName) return isSaint ? 'Saint' : 'Doctor';
  return hasStop && !endsText(context, context.start + match[0].length) ? (isSaint ? 'Saint' : 'Doctor') : undefined;
}

/** After a name these are persons and places, as in "East St. Louis"; before others "St." is a street. */
const SAINT =
  /^ ["']?(?:Louis|Paul|Peter|John|James|Mary|Patrick|George|Luci[ae]|Lucy|Kitts|Petersburg|Helen|Helens|Helena|Clair|Andrews?|Nicholas|Francis|Anthony|Augustine|Bernard|Michael|Joseph|Thomas|Luke|Mark|Matthew|Stephen|David|Vincent|Martin|Maarten|Moritz|Tropez|Albans?|Ives|Croix|Pancras|Bart|Barts|Germain|Laurent|Lawrence|Cath[ae]rines?|Cloud|Jude|Elizabeth|Annes?|Cuthbert|Gallen|Jerome|Benedict|Ignatius|Dominic|Cecilia|Agnes|Theresa|Teresa|Brigid|Bridget|Columba|Olaf|Valentine|Simon|Regis|Charles|Barbara|Christopher|Edward|Edmund|Giles|Margaret|Nick|Pierre|Philip|Sebastian)(?!\p{L})/u;
const NOT_A_STREET = new Set('The In At On Near To From Of And Visit Dear When If But So With By For'.split(' '));

function capitalLike(model: string, words: string): string {
  return /^\p{Lu}/u.test(model) ? words.charAt(0).toUpperCase() + words.slice(1) : words;
}
