/** Characters of one request, OpenAI's limit. */
const longestInput = 4096;

/** A whole text in as few requests as its length allows, divided between sentences, or where one is too long between words. What has no sound is left out. */
export function divide(text: string, limit = longestInput): string[] {
  const parts: string[] = [];
  let part = '';
  for (const piece of piecesOf(text, limit)) {
    if (part.length + piece.length > limit) {
      parts.push(part);
      part = '';
    }
    part += piece;
  }
  return [...parts, part].filter(isSpeakable);
}

/** The sentences of a text that is still being written, each once the next has begun. */
export async function* sentencesOf(texts: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let rest = '';
  for await (const text of texts) {
    rest += text;
    const sentences = segment(rest, 'sentence');
    rest = sentences.pop() ?? '';
    for (const sentence of sentences) yield* divide(sentence);
  }
  for (const sentence of segment(rest, 'sentence')) yield* divide(sentence);
}

function piecesOf(text: string, limit: number): string[] {
  return segment(text, 'sentence').flatMap((sentence) =>
    sentence.length <= limit ? [sentence] : segment(sentence, 'word').flatMap((word) => slices(word, limit)),
  );
}

function slices(word: string, limit: number): string[] {
  return word.length <= limit
    ? [word]
    : Array.from({ length: Math.ceil(word.length / limit) }, (_, index) =>
        word.slice(index * limit, (index + 1) * limit),
      );
}

function segment(text: string, granularity: 'sentence' | 'word'): string[] {
  const segmenter = new Intl.Segmenter(undefined, { granularity });
  return Array.from(segmenter.segment(text), ({ segment: piece }) => piece);
}

/** Marks alone have no sound; emoji may. */
function isSpeakable(text: string): boolean {
  return /[\p{L}\p{N}\p{S}]/u.test(text);
}
