import type { ClipRange } from '@ferrum/interfaces';
import { InvalidArgumentError } from 'commander';

/** A commander argument parser for parts of an audio separated by commas (`0-30,1:15-2:00,3:00-`); the flag may be repeated. */
export function collectClips(text: string, earlier: readonly ClipRange[] = []): readonly ClipRange[] {
  return [...earlier, ...text.split(',').map(parseClip)];
}

function parseClip(text: string): ClipRange {
  const [start, end, ...rest] = text.trim().split('-').map(parseTime);
  if (start === undefined || Number.isNaN(start) || end === undefined || rest.length > 0) {
    throw new InvalidArgumentError(
      'It must be parts such as 0-30, 1:15-2:00 or 3:00- (to the end), in seconds or minutes and seconds, separated by commas.',
    );
  }
  return Number.isNaN(end) && text.trim().endsWith('-') ? { start } : { start, end: requireTime(end) };
}

function requireTime(seconds: number): number {
  if (!Number.isNaN(seconds)) return seconds;
  throw new InvalidArgumentError('A part must end at a time such as 30 or 1:15, or at nothing: the end of the audio.');
}

/** `75`, `75.5`, `1:15`, `0:01:15.5`, in seconds; not a number for anything else. */
function parseTime(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  const [, hours = '0', minutes, seconds] = /^(?:(\d+):(?=\d\d:))?(\d+):([0-5]\d(?:\.\d+)?)$/.exec(text) ?? [];
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}
