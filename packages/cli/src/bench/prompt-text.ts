const vocabulary = (
  'time year people way day man thing woman life child world school state family student group country problem hand ' +
  'part place case week company system program question work government number night point home water room mother ' +
  'area money story fact month lot right study book eye job word business issue side kind head house service friend ' +
  'father power hour game line end member law'
).split(' ');

/**
 * So many English words, each of which most vocabularies have as one token. The first three spell `number`, so that no two
 * texts begin alike and no cache can take one for the other.
 *
 * @param number From 0 to 262,143.
 */
export function promptText(words: number, number: number): string {
  const digit = (index: number) => (index < 3 ? Math.floor(number / 64 ** index) : number + 37 * index) % 64;
  return Array.from({ length: words }, (_, index) => vocabulary[digit(index)]).join(' ');
}
