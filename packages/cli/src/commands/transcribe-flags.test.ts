import { EventEmitter } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { fakeTranscriber } from '../testing/fake-transcriber.js';
import { type CommandOptions, runCommand } from '../testing/run-command.js';
import { keyboard, silentInput } from '../testing/streams.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferrum-transcribe-'));
  for (const name of ['a.wav', 'b.mp3']) await writeFile(join(folder, name), name);
});
afterAll(() => rm(folder, { recursive: true }));

const transcribe = async (words: readonly string[], options: CommandOptions = {}) => {
  const engine = fakeTranscriber();
  const environment = { plugins: [engine.plugin], workingDirectory: () => folder, ...options };
  const result = await runCommand(['transcribe', ...words, '--model', 'tiny'], environment);
  return { ...result, engine };
};

describe('flags', () => {
  it('become options of the call and of the engine; what is not given is left to them', async () => {
    const { engine, stderr } = await transcribe([
      ...'a.wav --language Spanish --task translate --word-timestamps --beam-size 2 --best-of 3 --patience 2'.split(
        ' ',
      ),
      ...'--length-penalty -1 --repetition-penalty 1.5 --no-repeat-ngram-size 3 --temperature 0,0.5'.split(' '),
      ...'--compression-ratio-threshold none --logprob-threshold -2 --no-speech-threshold 0.5'.split(' '),
      ...'--no-condition-on-previous-text --prompt-reset-on-temperature 0.25 --hotwords x --initial-prompt y'.split(
        ' ',
      ),
      ...'--suppress-tokens -1,7 --no-suppress-blank --without-timestamps --max-initial-timestamp 2'.split(' '),
      ...'--max-new-tokens 9 --hallucination-silence-threshold 2 --multilingual --clip 0-30,1:15- --batch-size 1'.split(
        ' ',
      ),
      ...'--language-detection-threshold 0.25 --language-detection-segments 2'.split(' '),
      ...'--prepend-punctuations ( --append-punctuations )'.split(' '),
      ...'--threads 2 --quantization int8 --vad-model vad --max-audio-seconds 60 --max-audio-bytes 99'.split(' '),
    ]);
    expect(stderr).toBe('');
    expect(engine.options).toEqual([
      { threads: 2, quantization: 'int8', vadModel: 'vad', maxAudioSeconds: 60, maxAudioBytes: 99 },
    ]);
    const { signal: _, onProgress: __, onStart: ___, ...options } = engine.calls[0]?.options ?? {};
    expect(options).toEqual({
      language: 'es',
      task: 'translate',
      wordTimestamps: true,
      beamSize: 2,
      bestOf: 3,
      patience: 2,
      lengthPenalty: -1,
      repetitionPenalty: 1.5,
      noRepeatNgramSize: 3,
      temperature: [0, 0.5],
      compressionRatioThreshold: null,
      logProbThreshold: -2,
      noSpeechThreshold: 0.5,
      conditionOnPreviousText: false,
      promptResetOnTemperature: 0.25,
      hotwords: 'x',
      initialPrompt: 'y',
      suppressTokens: [-1, 7],
      suppressBlank: false,
      withoutTimestamps: true,
      maxInitialTimestamp: 2,
      maxNewTokens: 9,
      hallucinationSilenceThreshold: 2,
      multilingual: true,
      clipTimestamps: [{ start: 0, end: 30 }, { start: 75 }],
      batchSize: 1,
      languageDetectionThreshold: 0.25,
      languageDetectionSegments: 2,
      prependPunctuations: '(',
      appendPunctuations: ')',
    });
    const plain = (await transcribe(['a.wav'])).engine;
    expect(plain.options).toEqual([{}]);
    expect(Object.keys(plain.calls[0]?.options ?? {}).sort()).toEqual(['onProgress', 'onStart', 'signal']);
  });

  it('of voice activity detection, and batches, turn it on', async () => {
    const flags =
      '--vad-threshold 0.4 --vad-neg-threshold 0.2 --vad-min-speech-duration-ms 1 --vad-max-speech-duration-seconds 9 ' +
      '--vad-min-silence-duration-ms 3 --vad-speech-pad-ms 4';
    const { engine } = await transcribe(['a.wav', ...flags.split(' ')]);
    expect(engine.calls[0]?.options).toMatchObject({
      vadFilter: true,
      vadParameters: {
        threshold: 0.4,
        negThreshold: 0.2,
        minSpeechDurationMs: 1,
        maxSpeechDurationSeconds: 9,
        minSilenceDurationMs: 3,
        speechPadMs: 4,
      },
    });
    const batched = (await transcribe(['a.wav', '--batch-size', '8'])).engine.calls[0]?.options;
    expect(batched).toMatchObject({ vadFilter: true, batchSize: 8 });
    expect(batched).not.toHaveProperty('vadParameters');
  });

  it.each(['--format word-vtt', '--format srt --highlight-words', '--hallucination-silence-threshold 2'])(
    '%s asks for the times of words',
    async (flags) => {
      const { code, engine } = await transcribe(['a.wav', ...flags.split(' ')]);
      expect(code).toBe(0);
      expect(engine.calls[0]?.options.wordTimestamps).toBe(true);
    },
  );

  it.each([
    ['a.wav --language klingonese', /is not a language that Whisper knows/],
    ['a.wav --format srt,vtt', /srt, vtt are for files: name an --output-dir/],
    ['a.wav b.mp3 --format srt', /Several files in --format srt need an --output-dir/],
    ['a.wav --json --format srt', /--json has a format of its own/],
    ['a.wav --highlight-words', /--highlight-words lays out subtitles\. Add --format srt/],
    ['a.wav --format srt --max-line-count 2', /--max-line-count has no meaning without --max-line-width/],
    ['a.wav --clip 0-5 --batch-size 8', /--clip and voice activity detection .* exclude each other/],
    ['- -', /standard input, which can be read once/],
  ])('%s is refused before a model is opened', async (words, message) => {
    const { code, stdout, stderr, engine } = await transcribe(words.split(' '), { stdin: silentInput() });
    expect({ code, options: engine.options }).toEqual({ code: 2, options: [] });
    expect(stderr).toMatch(message);
    expect(stdout.startsWith('{') || stdout === '').toBe(true);
  });
});

describe('standard input', () => {
  it('that is a terminal is refused', async () => {
    const { code, stderr } = await transcribe(['-'], { stdin: keyboard() });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'ferrum: "-" reads the audio from standard input, which is a terminal. Name a file, or pipe one in.\n',
    });
  });

  it('is not read further than --max-audio-bytes', async () => {
    const stdin = silentInput();
    stdin.write('12345');
    const { code, stderr } = await transcribe(['-', '--max-audio-bytes', '4'], { stdin });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'ferrum: Standard input has more than the 4 bytes that are allowed (--max-audio-bytes).\n',
    });
  });

  it('that never ends leaves Ctrl-C its way', async () => {
    const signals = new EventEmitter();
    const result = transcribe(['-'], { stdin: silentInput(), signals });
    await vi.waitFor(() => expect(signals.listenerCount('SIGINT')).toBe(1));
    setTimeout(() => signals.emit('SIGINT'), 50);
    expect((await result).code).toBe(130);
  });
});
