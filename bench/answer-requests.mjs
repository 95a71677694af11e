// What a program does that answering-process.mjs starts.
import { createInterface } from 'node:readline';

/** Says what runs, then answers a line of JSON after the other until there are no more. */
export async function answerRequests(program, answers) {
  say({ program });
  for await (const line of createInterface({ input: process.stdin })) {
    const { do: name, ...request } = JSON.parse(line);
    say(await answers[name](request));
  }
}

/** The most memory that the process had. */
export function memory() {
  return { peakRssBytes: process.resourceUsage().maxRSS * 1024 };
}

function say(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
