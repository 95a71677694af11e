import { type Command, Option } from 'commander';
import type { CommandContext } from '../../context.js';
import { integerArgument, integerListArgument, numberArgument, numberListArgument } from '../../number-argument.js';
import { textArgument } from '../../text-argument.js';
import { goalsArgument } from './goodput.js';
import { benchServeHelp } from './help-text.js';
import { endpoints } from './request-shape.js';
import type { BenchServeFlags } from './serve-flags.js';

const fraction = numberArgument({ minimum: 0, maximum: 1 });
const count = integerArgument({ minimum: 1 });

/** `ferrum bench serve`. */
export function addBenchServe(bench: Command, context: CommandContext): void {
  const command = bench
    .command('serve')
    .summary('measure a server under load')
    .description('Measure any server with the API of OpenAI under load, and check what it answers.')
    .argument('<url>', 'base of the server, as http://127.0.0.1:8080, with or without /v1');
  for (const option of [...requestOptions(), ...loadOptions(), ...checkOptions()]) command.addOption(option);
  command
    .option('--json', 'one JSON object per case')
    .addHelpText('after', benchServeHelp)
    .action(async (url: string, flags: BenchServeFlags) =>
      (await import('../../commands/bench-serve.js')).benchServe(url, flags, context),
    );
}

/** What is asked. */
function requestOptions(): readonly Option[] {
  return [
    new Option('--model <name>', 'which model; without it the first of /v1/models that writes text').argParser(
      textArgument,
    ),
    new Option('--api-key <key>', 'sent as a bearer token; without it FERRUM_API_KEY or OPENAI_API_KEY').argParser(
      textArgument,
    ),
    new Option('--endpoint <name>', 'which endpoint').choices(endpoints).default('chat'),
    new Option('--prompt-tokens <count>', 'length of each prompt, about, in tokens').argParser(count).default(64),
    new Option('--shared-prefix-tokens <count>', 'what all prompts begin with, beside that, in tokens')
      .argParser(integerArgument({ minimum: 0 }))
      .default(0),
    new Option('--prompts <file>', 'prompts of yours: one on a line, or JSON lines with "prompt" or "messages"')
      .argParser(textArgument)
      .conflicts(['promptTokens', 'sharedPrefixTokens']),
    new Option('--max-tokens <count>', 'longest answer, in tokens').argParser(count).default(128),
    new Option('--ignore-eos', 'ask for answers that go past their end, where the server can'),
    new Option('--temperature <value>', 'how freely the model chooses')
      .argParser(numberArgument({ minimum: 0 }))
      .default(0),
  ];
}

/** How much, and how often. */
function loadOptions(): readonly Option[] {
  return [
    new Option('--concurrency <counts>', 'clients that each wait for their answer; several numbers are a case each')
      .argParser(integerListArgument({ minimum: 1, maximum: 10_000 }))
      .default([1, 4, 8], '1,4,8'),
    new Option('--rate <rates>', 'requests per second that wait for nobody; several numbers are a case each')
      .argParser(numberListArgument({ minimum: 0.001, maximum: 100_000 }))
      .conflicts('concurrency'),
    new Option('--duration <seconds>', 'how long requests are sent in a case')
      .argParser(numberArgument({ minimum: 0, aboveMinimum: true }))
      .default(30),
    new Option('--requests <count>', 'how many requests are sent in a case, instead')
      .argParser(count)
      .conflicts('duration'),
    new Option('--warmup <count>', 'requests before each case that are not measured')
      .argParser(integerArgument({ minimum: 0 }))
      .default(4),
    new Option('--repeats <count>', 'measurements of each case').argParser(count).default(1),
    new Option('--timeout <seconds>', 'longest that a request may take')
      // Timers of Node.js hold no more ms than 2^31 − 1.
      .argParser(numberArgument({ minimum: 0, aboveMinimum: true, maximum: 2_000_000 }))
      .default(600),
    new Option('--seed <number>', 'same seed, same prompts and arrivals; without it another each time').argParser(
      integerArgument({ minimum: 0, maximum: 2 ** 32 - 1 }),
    ),
  ];
}

/** What is checked, and what clients do wrong. */
function checkOptions(): readonly Option[] {
  return [
    new Option(
      '--goodput <goals>',
      'count the requests that keep within these ms, as ttft:500,itl:50,e2e:30000',
    ).argParser(goalsArgument),
    new Option('--vanish <fraction>', 'share of the clients that go away in the middle of an answer')
      .argParser(fraction)
      .default(0),
    new Option('--junk <fraction>', 'share of the requests that no server should take').argParser(fraction).default(0),
    new Option('--probe', 'ask /health every 100 ms meanwhile'),
    new Option('--verify', 'each answer must be the one that its prompt has when it is alone'),
    new Option('--max-error-rate <fraction>', 'exit code 1 when a larger share of a case fails').argParser(fraction),
  ];
}
