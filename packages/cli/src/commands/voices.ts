import type { LocalModel, Voice } from '@ferrum/interfaces';
import type { FerrumModelStore } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from '../context.js';
import { openHost } from '../open-host.js';
import { writeJsonLine } from '../output/json-line.js';
import { createProgressReporter } from '../output/progress.js';
import { formatTable } from '../output/table.js';
import { withEngine } from '../with-engine.js';

export interface VoicesFlags {
  /** BCP 47, or the beginning of it. */
  readonly language?: string;
  readonly offline?: true;
  readonly json?: true;
}

interface ModelVoice extends Voice {
  readonly model: string;
}

/** `ferrum voices`: the voices of a model, or of all models for speech on this machine. */
export async function voices(model: string | undefined, flags: VoicesFlags, context: CommandContext): Promise<void> {
  const wanted = flags.language === undefined ? undefined : canonicalLanguage(flags.language);
  const found = model === undefined ? await installedVoices(context) : await voicesOf(model, flags, context);
  const shown = wanted === undefined ? found : found.filter(({ language }) => speaks(language, wanted));
  const { stdout, stderr } = context;
  if (flags.json) {
    for (const { id, language, gender, sampleRate, description, license, ...voice } of shown) {
      await writeJsonLine(stdout, { model: voice.model, id, language, gender, sampleRate, license, description });
    }
  } else if (shown.length > 0) await stdout.writeLine(tableOf(shown, model === undefined));
  if (shown.length === 0 && found.length > 0) {
    const languages = [...new Set(found.map(({ language }) => language))].sort();
    await stderr.writeLine(`No voice speaks ${wanted}. There are voices for ${languages.join(', ')}.`);
  }
}

/** What can be known without opening a model or using the network; what is not here is named. */
async function installedVoices(context: CommandContext): Promise<readonly ModelVoice[]> {
  const { environment, stderr } = context;
  const store = await environment.openStore({ offline: true });
  const here = new Set((await store.list()).flatMap(({ reference, complete }) => (complete ? [reference] : [])));
  const models = await Promise.all([...here].map(async (name) => ((await isForSpeech(store, name)) ? [name] : [])));
  const found: ModelVoice[] = [];
  for (const name of models.flat()) {
    try {
      found.push(...(await listed(name, await store.pull(name), context)));
    } catch (error) {
      // One model that is broken, or another plugin's, does not hide the voices of the others.
      if (!FerrumError.isInstance(error)) throw error;
      await stderr.writeLine(`${stderr.colors.yellow('ferrum:')} ${name}: ${error.message}`);
    }
  }
  const absent = store.catalogue.filter(({ capability, name }) => capability === 'speech' && !here.has(name));
  if (absent.length > 0) {
    const names = absent.map(({ name }) => name);
    await stderr.writeLine(`Not on this machine: ${names.join(', ')}. "ferrum pull ${names[0]}" fetches one.`);
  }
  return found;
}

async function isForSpeech(store: FerrumModelStore, reference: string): Promise<boolean> {
  const manifest = await store.inspect(reference).catch(() => undefined);
  return manifest?.capabilities?.includes('speech') === true;
}

/** Our own engines' models need not be opened; others are asked through their engine. */
async function voicesOf(model: string, flags: VoicesFlags, context: CommandContext): Promise<readonly ModelVoice[]> {
  const { environment, signal } = context;
  const store = await environment.openStore({ offline: flags.offline === true });
  const host = await openHost(context, store, { capabilities: ['speech'] });
  const { candidates } = await host.explain('speech', { model }).finally(() => host.dispose());
  if (candidates.some(({ chosen, plugin }) => chosen && plugin === '@ferrum/tts')) {
    const progress = createProgressReporter(context);
    try {
      return await listed(model, await store.pull(model, { signal, onProgress: progress.listener }), context);
    } finally {
      progress.stop();
    }
  }
  const found: ModelVoice[] = [];
  await withEngine({ capability: 'speech', model, flags }, context, async (engine) => {
    found.push(...(await engine.voices()).map((voice) => ({ model, ...voice })));
  });
  return found;
}

async function listed(
  model: string,
  local: LocalModel,
  { environment }: CommandContext,
): Promise<readonly ModelVoice[]> {
  return (await environment.listVoices(local)).map((voice) => ({ model, ...voice }));
}

function tableOf(found: readonly ModelVoice[], withModel: boolean): string {
  const rows = found.map(({ model, id, language, gender = '', sampleRate, license = '' }) => [
    ...(withModel ? [model] : []),
    ...[id, language, gender, `${sampleRate} Hz`, license],
  ]);
  return formatTable([[...(withModel ? ['MODEL'] : []), 'VOICE', 'LANGUAGE', 'GENDER', 'RATE', 'LICENCE'], ...rows]);
}

/** @throws FerrumError `InvalidParameter` */
function canonicalLanguage(tag: string): string {
  try {
    return new Intl.Locale(tag.replaceAll('_', '-')).toString();
  } catch (cause) {
    throw new FerrumError('InvalidParameter', `--language: "${tag}" is no language tag. Write it as "en" or "en-GB".`, {
      cause,
    });
  }
}

/** `en` is spoken by `en-US` and `en-GB`. */
function speaks(language: string, wanted: string): boolean {
  const [spoken, asked] = [language.toLowerCase(), wanted.toLowerCase()];
  return spoken === asked || spoken.startsWith(`${asked}-`);
}
