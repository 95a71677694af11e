import { FerrumError } from '@ferrum/registry/errors';

/** An engine's error about transcription in the words of the command line: flags in place of options. */
export function inWordsOfTranscription(error: FerrumError): FerrumError {
  const { parameter } = error.details;
  let { message } = error;
  for (const [option, flag] of Object.entries(flagOf)) {
    // A name of several words can be nothing else; one of a single word only where it is said to be wrong.
    const isName = /[A-Z]/.test(option);
    if (isName) message = message.replaceAll(new RegExp(`(?<![\\w-])${option}(: true)?(?!\\w)`, 'g'), flag);
    else if (option === parameter) message = message.replace(new RegExp(`(?<![\\w-])${option}(?=:| must )`), flag);
  }
  if (message === error.message) return error;
  return new FerrumError(error.code, message, { cause: error, details: error.details });
}

/** Whether an error is about a flag, and so will be the same for every audio. */
export function isAboutFlag(error: unknown): boolean {
  if (!FerrumError.isInstance(error)) return false;
  const { parameter } = error.details;
  return typeof parameter === 'string' && Object.hasOwn(flagOf, parameter.split(/[.[]/)[0] ?? '');
}

/** Options of the library that are flags here. */
const flagOf: Readonly<Record<string, string>> = {
  ...named(
    ...['language', 'task', 'wordTimestamps', 'beamSize', 'bestOf', 'patience', 'lengthPenalty', 'repetitionPenalty'],
    ...[
      'noRepeatNgramSize',
      'temperature',
      'compressionRatioThreshold',
      'noSpeechThreshold',
      'conditionOnPreviousText',
    ],
    ...['promptResetOnTemperature', 'initialPrompt', 'prefix', 'hotwords', 'suppressBlank', 'suppressTokens'],
    ...['withoutTimestamps', 'maxInitialTimestamp', 'maxNewTokens', 'hallucinationSilenceThreshold', 'multilingual'],
    ...['languageDetectionThreshold', 'languageDetectionSegments', 'prependPunctuations', 'appendPunctuations'],
    ...['batchSize', 'maxLineWidth', 'maxLineCount', 'maxWordsPerLine', 'highlightWords'],
    ...['threads', 'quantization', 'vadModel', 'maxAudioSeconds', 'maxAudioBytes'],
  ),
  logProbThreshold: '--logprob-threshold',
  clipTimestamps: '--clip',
  vadFilter: '--vad',
  vadParameters: '--vad',
  threshold: '--vad-threshold',
  negThreshold: '--vad-neg-threshold',
  minSpeechDurationMs: '--vad-min-speech-duration-ms',
  maxSpeechDurationSeconds: '--vad-max-speech-duration-seconds',
  minSilenceDurationMs: '--vad-min-silence-duration-ms',
  speechPadMs: '--vad-speech-pad-ms',
  // Of an audio over a limit.
  maxDurationSeconds: '--max-audio-seconds',
  maxBytes: '--max-audio-bytes',
};

function named(...options: readonly string[]): Record<string, string> {
  const kebab = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return Object.fromEntries(options.map((name) => [name, `--${kebab(name)}`]));
}
