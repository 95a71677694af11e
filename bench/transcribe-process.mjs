// The programs that transcribe, each in a process of its own: it opens its model once, then answers requests.
// Both answer transcribe and memory, Ferrum delay, faster-whisper wer and match.
import path from 'node:path';
import { AnsweringProcess } from './answering-process.mjs';

export function startFerrum(model, { threads, quantization }) {
  const script = path.join(import.meta.dirname, 'transcribe-ferrum.mjs');
  const flags = ['--threads', String(threads), '--quantization', quantization];
  return AnsweringProcess.start(process.execPath, [script, model, ...flags]);
}

export function startPeer(folder, { threads, compute, python }) {
  const script = path.join(import.meta.dirname, 'peers', 'faster-whisper.py');
  return AnsweringProcess.start(python, [script, folder, '--compute', compute, '--threads', String(threads)]);
}
