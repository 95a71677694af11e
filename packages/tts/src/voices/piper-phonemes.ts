import type { PiperConfig } from './piper-config.js';
import type { EncodedPhonemes } from './speech-model.js';

/**
 * Phonemes as a Piper voice reads them: code points in NFD, each followed by a pad (`_`); `ends` are the ids before and after.
 * https://github.com/OHF-Voice/piper1-gpl, `phoneme_ids`.
 */
export function encodePiperPhonemes(text: string, { phonemeIds }: Pick<PiperConfig, 'phonemeIds'>): EncodedPhonemes {
  const phonemes = text.normalize('NFD');
  const pad = phonemeIds.get('_') ?? [];
  const ids: number[] = [];
  const places: number[] = [];
  const unknown = new Set<string>();
  let place = 0;
  for (const phoneme of phonemes) {
    const own = isMark(phoneme) ? undefined : phonemeIds.get(phoneme);
    if (own) {
      for (const id of own) {
        ids.push(id);
        places.push(place);
      }
      for (const id of pad) {
        ids.push(id);
        places.push(-1);
      }
    } else unknown.add(phoneme);
    place += phoneme.length;
  }
  return { ids, places, phonemes, unknown: [...unknown] };
}

/** The ids that stand before and after all others. */
export function piperEnds({ phonemeIds }: Pick<PiperConfig, 'phonemeIds'>): { before: number[]; after: number[] } {
  const of = (mark: string) => phonemeIds.get(mark) ?? [];
  return { before: [...of('^'), ...of('_')], after: [...of('$')] };
}

/** Of the sequence itself: a text cannot end it, or pad it. */
function isMark(phoneme: string): boolean {
  return phoneme === '^' || phoneme === '$' || phoneme === '_';
}
