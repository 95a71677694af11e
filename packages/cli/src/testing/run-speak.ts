import { type FakeSpeakerOptions, fakeSpeaker } from './fake-speaker.js';
import { type CommandOptions, runCommand } from './run-command.js';

/** Runs `ferrum speak … --model tiny` with the folder as its working directory and a voice that counts. */
export async function runSpeak(
  folder: string,
  words: readonly string[],
  options: CommandOptions = {},
  behaviour: FakeSpeakerOptions = {},
) {
  const engine = fakeSpeaker(behaviour);
  const environment = { plugins: [engine.plugin], workingDirectory: () => folder, ...options };
  const result = await runCommand(['speak', ...words, '--model', 'tiny'], environment);
  return { ...result, engine };
}
