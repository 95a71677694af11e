import { FerrumError } from '@ferrum/registry/errors';
import { formatClause } from './format-clause.js';
import type { EspeakVoice } from './messages.js';
import { openEspeakModule } from './open-espeak-module.js';

/** espeak-ng, with its data in memory. Its state is global: one call at a time. */
export interface Espeak {
  voices(): readonly EspeakVoice[];
  /** @param voice identifier of one of `voices()` */
  phonemize(text: string, voice: string): readonly string[];
}

/** Takes some 200 ms and 70 MB. @throws FerrumError `Backend` when the package is missing or another than is meant. */
export async function loadEspeak(): Promise<Espeak> {
  let clauses: string[] = [];
  let selected = '';
  const module = await openEspeakModule((phonemes, terminator) => {
    const clause = formatClause(readString(module.HEAPU8, phonemes), terminator, selected);
    if (clause !== '') clauses.push(clause);
  });
  const espeak = new module.eSpeakNGWorker();
  return {
    voices: () => espeak.list_voices(),
    phonemize(text, voice) {
      if (voice !== selected && espeak.set_voice(voice) !== 0) {
        throw new FerrumError('Backend', `espeak-ng cannot open its voice ${voice}; install the package anew.`);
      }
      selected = voice;
      clauses = [];
      // The same clauses in one string, without their ends; only its memory matters.
      module._free(espeak.text_to_phonemes(text, 1).ptr);
      return clauses;
    },
  };
}

function readString(memory: Uint8Array, start: number): string {
  return new TextDecoder().decode(memory.subarray(start, memory.indexOf(0, start)));
}
