/** Of Piper's voices with one speaker, as their samples and data sets say; their files do not. */
const genders: Readonly<Record<string, 'female' | 'male'>> = {
  ...{ alan: 'male', alba: 'female', amy: 'female', bryce: 'male', cori: 'female', danny: 'male', davefx: 'male' },
  ...{ faber: 'male', hfc_female: 'female', hfc_male: 'male', jenny_dioco: 'female', joe: 'male', john: 'male' },
  ...{ kathleen: 'female', kristin: 'female', kusal: 'male', lessac: 'female', ljspeech: 'female', norman: 'male' },
  ...{ northern_english_male: 'male', paola: 'female', riccardo: 'male', ryan: 'male', siwis: 'female' },
  ...{ southern_english_female: 'female', thorsten: 'male', tom: 'male', upmc: 'female' },
};

/** @param name `en_US-joe-medium` */
export function piperGender(name: string): 'female' | 'male' | undefined {
  return genders[name.split('-')[1] ?? ''];
}
