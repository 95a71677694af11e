import type { Output } from './output.js';

/** One JSON object on one line. */
export function writeJsonLine(output: Output, value: object): Promise<void> {
  return output.writeLine(JSON.stringify(value));
}
