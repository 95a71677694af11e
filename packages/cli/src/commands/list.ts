import type { FerrumModelStore } from '@ferrum/models';
import type { CommandContext } from '../context.js';
import { writeJsonLine } from '../output/json-line.js';
import { formatTable } from '../output/table.js';
import { formatBytes, formatDate } from '../output/units.js';

export interface ListFlags {
  readonly available?: true;
  readonly json?: true;
}

/** `ferrum list`: the models on this machine, or those of the catalogue. */
export async function list(flags: ListFlags, context: CommandContext): Promise<void> {
  const store = await context.environment.openStore({ offline: true });
  await (flags.available ? listCatalogue(store, flags, context) : listInstalled(store, flags, context));
}

async function listInstalled(store: FerrumModelStore, flags: ListFlags, context: CommandContext): Promise<void> {
  const { stdout, stderr } = context;
  const models = await store.list();
  if (flags.json) {
    for (const { reference, sizeBytes, path, complete, pulledAt, source } of models) {
      await writeJsonLine(stdout, { reference, sizeBytes, path, complete, pulledAt, source });
    }
    return;
  }
  if (models.length === 0) {
    await stderr.writeLine(
      'No models yet. "ferrum pull smollm2:135m" fetches a small one; "ferrum list --available" shows what has a name.',
    );
    return;
  }
  const rows = models.map((model) => [
    model.reference,
    formatBytes(model.sizeBytes),
    model.complete && model.pulledAt ? formatDate(model.pulledAt) : 'incomplete',
    model.path,
  ]);
  await stdout.writeLine(formatTable([['MODEL', 'SIZE', 'PULLED', 'PATH'], ...rows]));
}

async function listCatalogue(store: FerrumModelStore, flags: ListFlags, { stdout }: CommandContext): Promise<void> {
  if (flags.json) {
    for (const entry of store.catalogue) {
      await writeJsonLine(stdout, Object.fromEntries(catalogueFields.map((field) => [field, entry[field]])));
    }
    return;
  }
  const rows = store.catalogue.map((entry) => [
    entry.name,
    entry.capability ?? '',
    entry.sizeBytes === undefined ? '' : formatBytes(entry.sizeBytes),
    entry.license,
    entry.title,
  ]);
  await stdout.writeLine(formatTable([['MODEL', 'CAPABILITY', 'SIZE', 'LICENCE', 'TITLE'], ...rows]));
}

/** What `--available --json` prints of an entry, in this order. */
const catalogueFields = [
  'name',
  'title',
  'capability',
  'architecture',
  'format',
  'license',
  'sizeBytes',
  'contextLength',
  'quantization',
] as const;
