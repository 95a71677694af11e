import { FerrumError } from '@ferrum/registry/errors';
import { distance } from 'fastest-levenshtein';
import type { EspeakVoice } from '../thread/messages.js';

/** Voices whose names are no BCP 47, or that share one with another voice. */
const renamed: Readonly<Record<string, string>> = {
  'art/piqd': 'tlh',
  'gmw/en-US-nyc': 'en-US-x-nyc',
  'iro/chr': 'chr',
  'roa/ca-ba': 'ca-x-balear',
  'roa/ca-nw': 'ca-x-nordoc',
  'roa/ca-va': 'ca-valencia',
  'sit/yue-Latn-jyutping': 'yue-Latn-jyutping',
  'zle/ru-cl': 'ru-x-classic',
};

export interface Language {
  /** BCP 47. */
  readonly tag: string;
  /** Identifier of espeak-ng's voice. */
  readonly voice: string;
  /** In English. */
  readonly name: string;
}

/** The languages of espeak-ng's voices, found by BCP 47 or by the names that espeak-ng has for them. */
export class LanguageTable {
  /** BCP 47, sorted. */
  readonly tags: readonly string[];
  readonly #languages: readonly Language[];
  readonly #byName = new Map<string, Language>();

  constructor(voices: readonly EspeakVoice[]) {
    const names: { key: string; priority: number; language: Language }[] = [];
    this.#languages = voices.map((voice) => {
      const language = { tag: tagOf(voice), voice: voice.identifier, name: voice.name };
      names.push({ key: language.tag.toLowerCase(), priority: 0, language });
      names.push(...voice.languages.map(({ name, priority }) => ({ key: name.toLowerCase(), priority, language })));
      return language;
    });
    for (const { key, language } of names.sort((a, b) => a.priority - b.priority)) {
      if (!this.#byName.has(key)) this.#byName.set(key, language);
    }
    this.tags = [...new Set(this.#languages.map(({ tag }) => tag))].sort();
  }

  /** Looks up as RFC 4647, 3.4 does. @throws FerrumError `Unsupported` with the nearest languages. */
  find(language: string): Language {
    const parts = language.trim().toLowerCase().split(/[-_]/);
    for (; parts.length > 0; parts.pop()) {
      const found = this.#byName.get(parts.join('-'));
      if (found) return found;
    }
    const nearest = this.#nearest(language).join(' or ');
    throw new FerrumError(
      'Unsupported',
      `espeak-ng does not speak ${JSON.stringify(language.slice(0, 40))}. Did you mean ${nearest}? languages() lists all.`,
      { details: { language: language.slice(0, 40) } },
    );
  }

  #nearest(language: string): readonly string[] {
    const wanted = language.slice(0, 40).toLowerCase();
    return this.#languages
      .map(({ tag, name }) => {
        const [plainName = name] = name.split(' (');
        return { tag, away: Math.min(distance(wanted, tag.toLowerCase()), distance(wanted, plainName.toLowerCase())) };
      })
      .sort((a, b) => a.away - b.away)
      .slice(0, 2)
      .map(({ tag }) => tag);
  }
}

/** espeak-ng writes `en-gb-x-rp`; BCP 47 has regions in capitals and scripts with one. */
function tagOf({ identifier, languages }: EspeakVoice): string {
  const name = renamed[identifier] ?? languages[0]?.name ?? identifier;
  const [language = name, ...rest] = name.split('-');
  const privateUse = rest.indexOf('x');
  return [
    language,
    ...rest.map((part, index) => {
      if (privateUse !== -1 && index >= privateUse) return part;
      if (part.length === 2) return part.toUpperCase();
      return part.length === 4 ? part.charAt(0).toUpperCase() + part.slice(1).toLowerCase() : part;
    }),
  ].join('-');
}
