import { type Command, Option } from 'commander';
import type { EmbedFlags } from './commands/embed.js';
import type { RerankFlags } from './commands/rerank.js';
import type { CommandContext } from './context.js';
import { addEmbeddingModelFlags } from './engine-flags.js';
import { embedHelp, rerankHelp } from './help-text.js';
import { integerArgument } from './number-argument.js';
import { collectTexts } from './text-argument.js';

/** `ferrum embed`. */
export function addEmbed(program: Command, context: CommandContext): void {
  const command = program
    .command('embed')
    .summary('turn texts and images into vectors')
    .description('Turn texts and images into vectors. The model is downloaded first if need be.')
    .argument('<model>', 'which model (see "ferrum --help")')
    .argument('[text...]', 'a text each; without any, a text on each line of standard input')
    .option('--image <file>', 'an image file or a data URL, after the texts (may be repeated)', collectTexts)
    .addOption(new Option('--format <kind>', 'what to write').choices(['json', 'jsonl', 'csv', 'npy']).default('json'))
    .option('-o, --output <file>', 'write to a file, which appears once it is whole')
    .option('--dimensions <count>', 'only the first so many values, normalised again', integerArgument({ minimum: 1 }))
    .option('--prompt-name <name>', 'begin each text as the model wants it for this purpose: query, document …')
    .addOption(
      new Option(
        '--truncate <policy>',
        'what to do with a text longer than the model reads; without it as the model says',
      ).choices(['error', 'end']),
    )
    .addOption(
      new Option('--encoding <kind>', 'what values are: numbers, whole ones from -127 to 127, or bits')
        .choices(['float', 'int8', 'binary'])
        .default('float'),
    );
  addEmbeddingModelFlags(command)
    .addHelpText('after', embedHelp)
    .action(async (model: string, words: readonly string[], flags: EmbedFlags) =>
      (await import('./commands/embed.js')).embed(model, words, flags, context),
    );
}

/** `ferrum rerank`. */
export function addRerank(program: Command, context: CommandContext): void {
  const command = program
    .command('rerank')
    .summary('order documents by how well they answer a query')
    .description('Order documents by how well they answer a query. The model is downloaded first if need be.')
    .argument('<model>', 'which model (see "ferrum --help")')
    .argument('<query>', 'what is looked for')
    .argument('[document...]', 'a document each; without any, a document on each line of standard input')
    .option('--top-n <count>', 'only the best so many', integerArgument({ minimum: 1 }))
    .addOption(new Option('--format <kind>', 'what to write').choices(['text', 'json', 'jsonl']).default('text'))
    .option('--return-documents', 'repeat each document beside its score ("text" always does)');
  addEmbeddingModelFlags(command)
    .addHelpText('after', rerankHelp)
    .action(async (model: string, query: string, words: readonly string[], flags: RerankFlags) =>
      (await import('./commands/rerank.js')).rerank(model, query, words, flags, context),
    );
}
