import { basename } from 'node:path';
import type { TtsEngine } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from '../context.js';
import { writeJsonLine } from '../output/json-line.js';
import { createProgressReporter } from '../output/progress.js';
import { cleanForTerminal } from '../output/terminal-text.js';
import { findPlayer, type Player } from '../speak/find-player.js';
import { playSpeech } from '../speak/play-speech.js';
import { SampleFeed } from '../speak/sample-feed.js';
import { type SpeakFlags, speechOptionsOf } from '../speak/speak-flags.js';
import { openSpeechTarget, releaseSpeechTarget, type SpeechTarget } from '../speak/speech-target.js';
import { Spoken } from '../speak/spoken.js';
import { textSource } from '../speak/text-source.js';
import { writeSpeech } from '../speak/write-speech.js';
import { withEngine } from '../with-engine.js';

export type { SpeakFlags };

/** `ferrum speak`: a text as speech, written and played while it is spoken. */
export async function speak(words: readonly string[], flags: SpeakFlags, context: CommandContext): Promise<void> {
  const text = textSource(words, context);
  const player = flags.play ? await findPlayer(context.environment.variables) : undefined;
  const target = await openSpeechTarget(flags, context);
  try {
    await withEngine({ capability: 'speech', model: flags.model, flags }, context, async (engine) => {
      const request = { text, flags, target, ...(player && { player }) };
      await speakTo(engine, request, context);
    });
  } finally {
    await releaseSpeechTarget(target);
  }
}

interface SpeakRequest {
  readonly text: string | AsyncIterable<string>;
  readonly flags: SpeakFlags;
  readonly target: SpeechTarget;
  readonly player?: Player;
}

async function speakTo(engine: TtsEngine, request: SpeakRequest, context: CommandContext): Promise<void> {
  const { flags, target } = request;
  const { stderr } = context;
  const spoken = new Spoken(engine.ttsSampleRate());
  let outputRate: number;
  try {
    outputRate = await spread(engine, spoken, request, context);
  } finally {
    for (const warning of spoken.warnings) {
      await stderr.writeLine(`${stderr.colors.yellow('ferrum:')} ${cleanForTerminal(warning)}`);
    }
  }
  await tellResult(spoken, outputRate, flags, target, context);
}

/**
 * Lets the engine speak, and gives what it says to everybody who wants it.
 *
 * @returns The sample rate of what was written or played, in Hz.
 */
async function spread(
  engine: TtsEngine,
  spoken: Spoken,
  { text, flags, target, player }: SpeakRequest,
  context: CommandContext,
): Promise<number> {
  const { stdout, signal } = context;
  const { sampleRate } = spoken;
  let outputRate = sampleRate;
  const onFile = (rate: number) => {
    outputRate = rate;
  };
  const feeds = [
    ...(target.kind === 'nowhere' ? [] : [new SampleFeed(writeSpeech(target, sampleRate, flags, context, onFile))]),
    ...(player ? [new SampleFeed(playSpeech(player, sampleRate, context))] : []),
  ];
  const progress = createProgressReporter(context);
  // On one terminal the line would be drawn amid the words.
  const shown = !((flags.json || flags.words) && stdout.isTerminal);
  const report = () => {
    const event = { phase: 'speak', label: engine.modelId, unit: 'seconds', completed: spoken.audioSeconds } as const;
    if (shown) progress.listener(event);
  };
  try {
    report();
    for await (const chunk of spoken.watch(engine.synthesizeStream(text, { ...speechOptionsOf(flags), signal }))) {
      if (flags.json) {
        const { samples, words } = chunk;
        const line = { type: 'chunk', seconds: samples.length / sampleRate, samples: samples.length };
        await writeJsonLine(stdout, { ...line, ...(words && { words }) });
      } else if (flags.words) {
        for (const { word, start, end } of chunk.words ?? []) {
          const shownWord = stdout.isTerminal ? cleanForTerminal(word) : word;
          await stdout.writeLine(`${start.toFixed(3)}\t${end.toFixed(3)}\t${shownWord}`);
        }
      }
      await Promise.all(feeds.map((feed) => feed.write(chunk.samples)));
      report();
      // The listener has closed the player, and nobody else wants to have it.
      if (feeds.every((feed) => feed.hasLeft)) break;
    }
    if (spoken.audioSeconds === 0) {
      throw new FerrumError('Backend', `The engine for ${engine.modelId} ended without a sound.`);
    }
    await Promise.all(feeds.map((feed) => feed.end()));
    return outputRate;
  } catch (error) {
    await Promise.all(feeds.map((feed) => feed.abort(error)));
    throw error;
  } finally {
    progress.stop();
  }
}

async function tellResult(
  spoken: Spoken,
  sampleRate: number,
  flags: SpeakFlags,
  target: SpeechTarget,
  { stdout, stderr, verbose }: CommandContext,
): Promise<void> {
  const { audioSeconds, synthesisSeconds, realTimeFactor, firstAudioMs, words, warnings } = spoken;
  if (flags.json) {
    await writeJsonLine(stdout, {
      type: 'finish',
      audioSeconds,
      synthesisSeconds,
      realTimeFactor,
      firstAudioMs,
      sampleRate,
      ...(target.kind === 'file' && { format: target.format, output: target.path }),
      ...(flags.words && { words }),
      warnings: [...warnings],
    });
  }
  if (verbose || stderr.isTerminal) {
    const name = target.kind === 'file' ? `${basename(target.path)}: ` : '';
    await stderr.writeLine(stderr.colors.dim(`[${name}${describe(spoken)}]`));
  }
  // Nobody asked for that name.
  if (target.kind === 'file' && target.isReserved && !flags.json) {
    await stderr.writeLine(`The speech is in ${basename(target.path)}; -o FILE gives it another name.`);
  }
}

/** `12.3 s of speech in 1.02 s, 12.1× real time, first audio after 0.21 s` */
function describe({ audioSeconds, synthesisSeconds, firstAudioMs = 0 }: Spoken): string {
  return [
    `${audioSeconds.toFixed(1)} s of speech in ${synthesisSeconds.toFixed(2)} s`,
    `${(audioSeconds / synthesisSeconds).toFixed(1)}× real time`,
    `first audio after ${(firstAudioMs / 1000).toFixed(2)} s`,
  ].join(', ');
}
