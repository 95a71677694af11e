import type { AudioFormat } from '@ferrum/audio';

/** What `--format` takes: `audioFormats` of @ferrum/audio, which is loaded only when something is spoken. */
export const speechFormats = ['wav', 'pcm', 'mp3', 'opus', 'flac', 'aac'] as const satisfies readonly AudioFormat[];

/** Those that lose something, and so can be told how much. */
export const formatsWithBitRate = ['mp3', 'opus', 'aac'] as const satisfies readonly AudioFormat[];

/** The format that the ending of a file's name stands for. */
export const formatOfExtension: ReadonlyMap<string, AudioFormat> = new Map([
  ['.wav', 'wav'],
  ['.wave', 'wav'],
  ['.pcm', 'pcm'],
  ['.raw', 'pcm'],
  ['.mp3', 'mp3'],
  ['.opus', 'opus'],
  ['.ogg', 'opus'],
  ['.oga', 'opus'],
  ['.flac', 'flac'],
  ['.aac', 'aac'],
]);
