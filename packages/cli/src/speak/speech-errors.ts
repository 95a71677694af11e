import { FerrumError } from '@ferrum/registry/errors';

/** An engine's or encoder's error about speech in the words of the command line: flags in place of options. */
export function inWordsOfSpeech(error: FerrumError): FerrumError {
  const { parameter, install } = error.details;
  let { message } = error;
  for (const [option, flag] of Object.entries(flagOf)) {
    // A name of several words can be nothing else; one of a single word only where it is said to be wrong.
    const isName = /[A-Z]/.test(option);
    if (isName) message = message.replaceAll(new RegExp(`(?<![\\w-])${option}(: true)?(?!\\w)`, 'g'), flag);
    else if (option === parameter) message = message.replace(new RegExp(`(?<![\\w-])${option}(?=:| must )`), flag);
  }
  if (typeof install === 'string') {
    message = `Speaking a text needs a phonemizer, and none is installed. Install espeak-ng's (GPL-3.0-or-later): ${install}`;
  }
  if (message === error.message) return error;
  return new FerrumError(error.code, message, { cause: error, details: error.details });
}

/** Options of the library that are flags here. */
const flagOf: Readonly<Record<string, string>> = {
  voice: '--voice',
  language: '--language',
  speed: '--speed',
  seed: '--seed',
  durationNoiseScale: '--duration-noise-scale',
  noiseScale: '--noise-scale',
  lengthScale: '--length-scale',
  loudness: '--loudness',
  sentencePause: '--sentence-pause',
  emoji: '--emoji',
  wordTimestamps: '--words',
  threads: '--threads',
  format: '--format',
  sampleRate: '--sample-rate',
  bitRate: '--bit-rate',
};
