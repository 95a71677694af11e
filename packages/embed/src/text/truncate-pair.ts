/**
 * How many tokens of each of two texts are kept so that together they are at most `room`: the longer one is cut first, then
 * both to half (`longest_first` of Hugging Face tokenizers).
 */
export function truncatePair(first: number, second: number, room: number): readonly [first: number, second: number] {
  if (first + second <= room) return [first, second];
  const isSwapped = first > second;
  let shorter = Math.min(first, second);
  let longer = shorter > room ? shorter : Math.max(shorter, room - shorter);
  if (shorter + longer > room) {
    shorter = Math.floor(room / 2);
    longer = shorter + (room % 2);
  }
  return isSwapped ? [longer, shorter] : [shorter, longer];
}
