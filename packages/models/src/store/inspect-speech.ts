import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { parseShape } from '../shape.js';
import {
  cardNameOf,
  isNamedAsKokoro,
  isNamedAsPiper,
  isVoiceFile,
  settingsNameOf,
  settingsNeeded,
} from '../sources/speech-files.js';
import type { FileFacts } from './inspect-files.js';
import { readJson } from './read-json.js';

type SpeechFacts = Omit<FileFacts, 'path'>;

/**
 * What a folder of ONNX files is when it speaks: a voice of Piper, whose settings have a `phoneme_id_map`, or Kokoro, by
 * its voices, its configuration or its name. Undefined for a model of another kind.
 * @throws FerrumError `NotFound` for a Piper voice without its settings, `InvalidFormat` for damaged settings,
 * `RequestValidation` for several voices in one folder.
 */
export async function inspectSpeech(directory: string, names: readonly string[]): Promise<SpeechFacts | undefined> {
  const graphs = names.filter((name) => /\.onnx$/i.test(name));
  const voice = onlyVoice(directory, names, graphs);
  if (voice !== undefined) return await inspectVoice(directory, names, voice, settingsNameOf(voice));
  const [graph] = graphs;
  if (graph !== undefined && graphs.length === 1 && names.includes('config.json')) {
    const facts = await inspectVoice(directory, names, graph, 'config.json');
    if (facts !== undefined) return facts;
  }
  const unset = graphs.find(isNamedAsPiper);
  if (unset !== undefined) {
    throw new FerrumError('NotFound', `${settingsNeeded(unset)} There is none in ${directory}.`, {
      details: { file: settingsNameOf(unset) },
    });
  }
  return await inspectKokoro(directory, names, graphs);
}

/** The graph that has settings named after it. */
function onlyVoice(directory: string, names: readonly string[], graphs: readonly string[]): string | undefined {
  const voices = graphs.filter((name) => names.includes(settingsNameOf(name)));
  if (voices.length <= 1) return voices[0];
  throw new FerrumError(
    'RequestValidation',
    `${directory} holds several voices; give the path of one: ${voices.join(', ')}.`,
    { details: { files: voices } },
  );
}

const piperSettings = v.object({ phoneme_id_map: v.record(v.string(), v.unknown()) });

async function inspectVoice(
  directory: string,
  names: readonly string[],
  graph: string,
  settings: string,
): Promise<SpeechFacts | undefined> {
  const path = join(directory, settings);
  const json = await readJson(path);
  if (!v.is(piperSettings, json)) {
    if (settings === 'config.json' || !isNamedAsPiper(graph)) return undefined;
    parseShape(piperSettings, json, `${path} is not the settings of a Piper voice`);
  }
  return { ...speaks('piper'), ...(await licenseIn(directory, names, cardNameOf(graph))) };
}

const kokoroConfig = v.union([v.object({ istftnet: v.unknown() }), v.object({ plbert: v.unknown() })]);

async function inspectKokoro(
  directory: string,
  names: readonly string[],
  graphs: readonly string[],
): Promise<SpeechFacts | undefined> {
  if (!graphs.some(isNamedAsKokoro)) return undefined;
  const isKokoro =
    names.some(isVoiceFile) ||
    graphs.some((name) => /(^|\/)kokoro[^/]*$/i.test(name)) ||
    (names.includes('config.json') && v.is(kokoroConfig, await readJson(join(directory, 'config.json'))));
  return isKokoro ? { ...speaks('kokoro'), ...(await licenseIn(directory, names, 'README.md')) } : undefined;
}

function speaks(architecture: string): SpeechFacts {
  return { format: 'onnx', architecture, capabilities: ['speech'] };
}

/** What a card says in its list of facts, or in the head of a README. */
async function licenseIn(
  directory: string,
  names: readonly string[],
  card: string,
): Promise<Pick<SpeechFacts, 'license'>> {
  if (!names.includes(card)) return {};
  const text = await readFile(join(directory, card), 'utf8').catch(() => '');
  const facts = card.endsWith('.md') ? (/^---\r?\n(.*?)\r?\n---/s.exec(text)?.[1] ?? '') : text;
  const license = /^\s*(?:\*\s*)?license:[ \t]*(\S.*?)\s*$/im.exec(facts)?.[1];
  // Most cards name a page instead: `See URL`.
  if (license === undefined || license.length > 100 || /^see\b/i.test(license)) return {};
  return { license: identifiers.get(license.toLowerCase()) ?? license };
}

/** How cards write what SPDX has an identifier for. */
const identifiers: ReadonlyMap<string, string> = new Map([
  ['cc0', 'CC0-1.0'],
  ['cc by 4.0', 'CC-BY-4.0'],
  ['cc by-sa 4.0', 'CC-BY-SA-4.0'],
  ['apache-2.0', 'Apache-2.0'],
  ['mit', 'MIT'],
]);
