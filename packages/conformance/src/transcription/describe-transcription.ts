import type { TranscribeEngine } from '@ferrum/interfaces';
import type { ConformanceOptions, EngineFactory } from '../conformance-options.js';
import { engineContract } from '../engine/engine-contract.js';
import { describeSubject } from '../engine/subject.js';
import type { TestRunner } from '../runner/test-runner.js';
import { languageAndTask } from './language-and-task.js';
import { liveAudio } from './live-audio.js';
import { recordingOf, type SpeechSample } from './recording.js';
import { speechFeatures } from './speech-features.js';
import { streamedSegments } from './streamed-segments.js';
import { transcriptionInputs } from './transcription-inputs.js';
import { transcriptionResults } from './transcription-results.js';

export interface TranscriptionOptions extends ConformanceOptions {
  /** Without it there are no tests of what was understood, and the others listen to tones. */
  readonly audio?: SpeechSample;
}

/** The contract of `transcription`. @throws FerrumError `Config` for a sample that is not as the tests need it. */
export function describeTranscription(
  runner: TestRunner,
  open: EngineFactory<TranscribeEngine>,
  options: TranscriptionOptions,
): void {
  const recording = recordingOf(options.audio);
  const { audio, language } = recording;
  describeSubject(runner, { ...options, capability: 'transcription', open }, (subject) => {
    const transcribe = async (engine: TranscribeEngine, signal: AbortSignal | undefined) =>
      (await engine.transcribe(audio, { language, signal })).text;
    engineContract(subject, {
      short: (engine, { signal }) => transcribe(engine, signal),
      long: (engine, { signal }) => transcribe(engine, signal),
    });
    transcriptionResults(subject, recording);
    transcriptionInputs(subject, recording);
    languageAndTask(subject, recording);
    streamedSegments(subject, recording);
    liveAudio(subject, recording);
    speechFeatures(subject, recording);
  });
}
