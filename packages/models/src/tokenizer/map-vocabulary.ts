import type { Vocabulary } from './definition.js';

/** A vocabulary whose texts are strings already, in any order and with ids left out. */
export class MapVocabulary implements Vocabulary {
  readonly size: number;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #texts: readonly (string | undefined)[];

  constructor(ids: ReadonlyMap<string, number>) {
    const texts: (string | undefined)[] = [];
    for (const [text, id] of ids) texts[id] = text;
    this.#ids = ids;
    this.#texts = texts;
    this.size = texts.length;
  }

  get(text: string): number | undefined {
    return this.#ids.get(text);
  }

  has(text: string): boolean {
    return this.#ids.has(text);
  }

  text(id: number): string | undefined {
    return this.#texts[id];
  }
}
