import type { ProgressListener, PullOptions } from '@ferrum/interfaces';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { fileSystemError } from '../cache/file-system-error.js';
import { withLock } from '../cache/lock.js';
import type { CatalogueFile, CatalogueSource } from '../catalogue/catalogue-entry.js';
import type { FilePiece, FilePlan } from '../sources/fetch-files.js';
import { findInHubCache, type HubSnapshot } from '../sources/hub-snapshot.js';
import { throttleProgress } from '../sources/progress.js';
import { fileNameOf, formatReference, type HubReference, parseReference } from '../sources/reference.js';
import { cardNameOf, isNamedAsPiper, settingsNameOf, settingsNeeded } from '../sources/speech-files.js';
import { describeSource } from './describe-source.js';
import { type ModelFolder, type ModelRecord, readRecord } from './model-folder.js';
import type { StoreSettings } from './settings.js';

export interface ModelPull {
  /** The canonical reference. */
  readonly key: string;
  readonly folder: ModelFolder;
  /** In order of preference. */
  readonly sources: readonly CatalogueSource[];
  readonly expected: readonly CatalogueFile[];
}

/**
 * Makes sure that a model is whole on this machine. A model that is asks no source again; of two processes one pulls
 * and the other waits for it.
 * @throws FerrumError `NotFound` (also when offline), `Network` that lists what each source said, `InvalidFormat` …
 */
export async function pullModel(pull: ModelPull, settings: StoreSettings, options: PullOptions): Promise<ModelRecord> {
  throwIfAborted(options.signal, `The pull of ${pull.key}`);
  const whole = await pull.folder.readWhole();
  if (whole !== undefined) return whole;
  const onProgress = throttleProgress(options.onProgress);
  const lock = {
    signal: options.signal,
    what: pull.key,
    onWait: () =>
      onProgress({
        phase: 'download',
        label: `${pull.key} (another process is pulling it)`,
        unit: 'bytes',
        completed: 0,
      }),
  };
  return await withLock(pull.folder.lockPath, lock, async (signal) => {
    const pulledMeanwhile = await pull.folder.readWhole();
    if (pulledMeanwhile !== undefined) return pulledMeanwhile;
    try {
      await pull.folder.begin(pull.key);
      const delivery = settings.offline
        ? await findOffline(pull, settings)
        : await trySources(pull, settings, signal, onProgress);
      const record = { version: 1, reference: pull.key, pulledAt: new Date().toISOString(), ...delivery } as const;
      await pull.folder.finish(record);
      return record;
    } catch (error) {
      await pull.folder.discardIfEmpty().catch(() => undefined);
      throwIfAborted(signal, `The pull of ${pull.key}`);
      throw fileSystemError(error, pull.folder.directory, `write ${pull.folder.directory}`);
    }
  });
}

type Delivery = Pick<ModelRecord, 'source' | 'hub' | 'files'>;

async function trySources(
  pull: ModelPull,
  settings: StoreSettings,
  signal: AbortSignal,
  onProgress: ProgressListener,
): Promise<Delivery> {
  const failures: { readonly source: string; readonly error: FerrumError }[] = [];
  for (const source of pull.sources) {
    try {
      return await trySource(source, pull, settings, signal, onProgress);
    } catch (error) {
      throwIfAborted(signal, `The pull of ${pull.key}`);
      // What is wrong with this machine is wrong for every source.
      if (!FerrumError.isInstance(error) || localCodes.has(error.code)) throw error;
      failures.push({ source: describeSource(source), error });
    }
  }
  throw allFailed(pull.key, failures);
}

const localCodes: ReadonlySet<string> = new Set(['ResourceExhausted', 'PermissionDenied', 'IO', 'Cancelled']);

async function trySource(
  source: CatalogueSource,
  pull: ModelPull,
  settings: StoreSettings,
  signal: AbortSignal,
  onProgress: ProgressListener,
): Promise<Delivery> {
  const { hub, environment } = settings;
  const reference = hubReferenceOf(source);
  // What downloads is loaded here: a model that is whole needs none of it.
  if (reference !== undefined) {
    const { pullFromHub } = await import('../sources/hub.js');
    try {
      return fromHub(reference, await pullFromHub({ hub, reference, expected: pull.expected, signal, onProgress }));
    } catch (error) {
      // An unreachable hub does not matter to someone who has the model from another program.
      const cached = isNetworkError(error) ? await findCached(reference, pull, settings) : undefined;
      if (cached === undefined) throw error;
      return fromHub(reference, cached);
    }
  }
  const { fetchFiles } = await import('../sources/fetch-files.js');
  const { directory: modelDirectory, workDirectory } = pull.folder;
  const context = { modelDirectory, workDirectory, environment, signal, onProgress };
  return { source: describeSource(source), files: await fetchFiles(planFiles(source, pull.expected), context) };
}

async function findOffline(pull: ModelPull, settings: StoreSettings): Promise<Delivery> {
  for (const source of pull.sources) {
    const reference = hubReferenceOf(source);
    const cached = reference && (await findCached(reference, pull, settings));
    if (cached) return fromHub(reference, cached);
  }
  const damage = await pull.folder.findDamage();
  const state =
    damage === undefined
      ? `${pull.key} is not on this machine`
      : `${pull.key} is damaged or incomplete on this machine (${damage.join(', ')}) and must be pulled again`;
  throw new FerrumError(
    'NotFound',
    `${state}, and offline mode forbids the network. Unset FERRUM_OFFLINE and run "ferrum pull ${pull.key}" ` +
      `(it comes from ${pull.sources.map(describeSource).join(', or ')}), or give the path of a local model.`,
    { details: { reference: pull.key, offline: true, ...(damage === undefined ? {} : { damage: [...damage] }) } },
  );
}

/** What the hub's cache has, unless the sizes that are known of its files say that it is damaged. */
async function findCached(
  reference: HubReference,
  { folder, expected }: ModelPull,
  { hub }: StoreSettings,
): Promise<HubSnapshot | undefined> {
  const cached = await findInHubCache(hub, reference);
  if (cached === undefined) return undefined;
  const record = await readRecord(folder.directory);
  const known = [...expected, ...(record?.hub?.commit === cached.commit ? record.files : [])];
  const isDamaged = cached.files.some((file) =>
    known.some(({ name, sizeBytes }) => name === file.name && sizeBytes !== file.sizeBytes),
  );
  return isDamaged ? undefined : cached;
}

function hubReferenceOf(source: CatalogueSource): HubReference | undefined {
  if (typeof source !== 'string') return undefined;
  const reference = parseReference(source);
  return reference.kind === 'hf' ? reference : undefined;
}

function fromHub(reference: HubReference, { repository, commit, directory, files }: HubSnapshot): Delivery {
  return { source: formatReference(reference), hub: { repository, commit, directory }, files };
}

function planFiles(source: CatalogueSource, expected: readonly CatalogueFile[]): readonly FilePlan[] {
  if (typeof source === 'string') {
    const piece = parsePiece(source);
    const file = plan(fileNameOf(piece), [piece], expected);
    // Of what the catalogue knows it has listed all files.
    if (expected.length > 0 || !/\.onnx$/i.test(file.name)) return [file];
    return planVoice(file, piece);
  }
  return Object.entries(source.files).map(([name, pieces]) => plan(name, pieces.map(parsePiece), expected));
}

/** An ONNX file that may be a voice of Piper, with its settings and its card where there are any. */
function planVoice(file: FilePlan, piece: FilePiece): readonly FilePlan[] {
  const optional = !isNamedAsPiper(file.name);
  const settings = { name: settingsNameOf(file.name), optional, purpose: settingsNeeded(file.name) };
  if (piece.kind === 'https') {
    const url = new URL(piece.url);
    url.pathname = settingsNameOf(url.pathname);
    // First, so that nobody waits for weights that are of no use.
    return [{ ...settings, pieces: [{ ...piece, url: url.href }] }, file];
  }
  const beside = (path: string): readonly FilePiece[] => [{ ...piece, path }];
  return [
    file,
    { ...settings, pieces: beside(settingsNameOf(piece.path)) },
    { name: cardNameOf(file.name), pieces: beside(cardNameOf(piece.path)), optional: true },
  ];
}

function plan(name: string, pieces: readonly FilePiece[], expected: readonly CatalogueFile[]): FilePlan {
  const known = expected.find((file) => file.name === name);
  return { name, pieces, sizeBytes: known?.sizeBytes, sha256: known?.sha256 };
}

function parsePiece(text: string): FilePiece {
  const reference = parseReference(text);
  if (reference.kind === 'npm' || reference.kind === 'pypi' || reference.kind === 'https') return reference;
  throw new FerrumError('Config', `The catalogue cannot take single files from "${text}": use npm:, pypi: or https:.`);
}

function isNetworkError(error: unknown): boolean {
  return FerrumError.isInstance(error) && error.code === 'Network';
}

function allFailed(
  key: string,
  failures: readonly { readonly source: string; readonly error: FerrumError }[],
): FerrumError {
  const [first] = failures;
  if (first === undefined) return new FerrumError('Config', `The catalogue has no source for ${key}.`);
  const sameCode = failures.every(({ error }) => error.code === first.error.code);
  const lines = failures.map(({ source, error }) => `\n  ${source}: ${error.message}`).join('');
  const said = first.source === key && failures.length === 1 ? `: ${first.error.message}` : `.${lines}`;
  return new FerrumError(sameCode ? first.error.code : 'Network', `Could not get ${key}${said}`, {
    cause: failures.length === 1 ? first.error : new AggregateError(failures.map(({ error }) => error)),
    details: { sources: failures.map(({ source, error }) => ({ source, code: error.code, message: error.message })) },
  });
}
