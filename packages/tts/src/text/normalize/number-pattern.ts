/** A whole or decimal number as written, without sign: 1,234.5 / 12,34,567 / 1 234 567 / 1_000 / .5 / 42. */
export const NUMBER = String.raw`(?:(?:\d{1,3}(?:,\d{3}){1,21}(?![\d])|\d{1,2}(?:,\d{2}){1,10},\d{3}(?!\d)|\d{1,3}(?: \d{3}){2,21}(?!\d)|\d{1,3}(?:_\d{3}){1,21}(?!\d)|\d{1,66}(?!\d))(?:\.\d{1,60}(?!\d))?|\.\d{1,60}(?!\d))`;

/** What stands between the ends of a range: 10–20, 10-20, 10 – 20. */
export const RANGE = `(?:[-–—‑−]| [–—] )`;

/** Not in the middle of a word: no letter or digit follows. */
export const WORD_END = String.raw`(?![\p{L}\p{Nd}])`;

/** a.m. and p.m. in their forms. */
export const MERIDIEM = String.raw`(?:[aApP](?:\.[mM]\.|\.? ?[mM](?![\p{L}\p{N}.])|[mM]\.?(?![\p{L}\p{N}])))`;
