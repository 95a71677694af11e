import type { EngineContext, LocalModel, Phonemizer, Voice } from '@ferrum/interfaces';
import { defaultModelStore, ensureConverted } from '@ferrum/models';
import { byteArithmetic } from '@ferrum/onnx';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { type CheckedEngineOptions, parseEngineOptions } from './engine/engine-options.js';
import { SpeechEngine } from './engine/tts-engine.js';
import { importInWorker, importVersion } from './import/import-job.js';
import { KokoroModel } from './voices/kokoro-model.js';
import { type ModelSource, openModelSource } from './voices/model-source.js';
import { PiperModel } from './voices/piper-model.js';
import type { SpeechModel } from './voices/speech-model.js';

/** More overlap too much to be worth it. */
const mostWindows = 8;

/** Opens a Piper voice or a Kokoro model for speech synthesis. */
export async function openTtsEngine(context: EngineContext): Promise<SpeechEngine> {
  const options = parseEngineOptions(context.options);
  const { signal, onProgress } = context;
  const store = context.models ?? defaultModelStore();
  const local = await store.pull(context.model.reference, { signal, onProgress });
  const label = local.manifest.name ?? local.manifest.reference;
  const source = await openModelSource(local);
  const { libraryPath } = options;
  const arithmetic = await byteArithmetic({
    requested: options.arithmetic,
    option: 'arithmetic',
    libraryPath,
    label,
  });
  const windows = Math.min(options.threads, mostWindows);
  const directory = await ensureConverted(
    {
      location: source.file,
      files: [source.file],
      maker: [
        '@ferrum/tts',
        importVersion,
        source.architecture,
        source.architecture === 'kokoro' ? arithmetic : windows,
      ],
      label,
      cacheDirectory: store.cacheDirectory,
      convert: (folder, conversion) =>
        importInWorker(
          {
            architecture: source.architecture,
            location: source.file,
            arithmetic,
            windows,
            libraryPath,
            directory: folder,
          },
          label,
          conversion,
        ),
    },
    context,
  );
  onProgress?.({ phase: 'load', label, unit: 'steps', completed: 0, total: 1 });
  const openPhonemizer = lazyPhonemizer(context, options);
  warm(openPhonemizer, options, source.voices);
  const model = await openModel(source, directory, options);
  try {
    throwIfAborted(signal, `Opening ${label}`);
  } catch (error) {
    await model.dispose();
    throw error;
  }
  onProgress?.({ phase: 'load', label, unit: 'steps', completed: 1, total: 1 });
  return new SpeechEngine({
    ...{ model, options, arithmetic },
    manifest: local.manifest,
    openPhonemizer,
  });
}

/** The voices of a model whose files are on this machine; no model is opened. @throws FerrumError as opening the model does. */
export async function listVoices(local: LocalModel): Promise<readonly Voice[]> {
  return (await openModelSource(local)).voices;
}

function openModel(source: ModelSource, directory: string, options: CheckedEngineOptions): Promise<SpeechModel> {
  const { threads, libraryPath } = options;
  const common = { directory, threads, libraryPath, voices: source.voices };
  return source.architecture === 'piper'
    ? PiperModel.open({ ...common, config: source.config })
    : KokoroModel.open({ ...common, vocabulary: source.vocabulary, styles: source.styles });
}

const install = 'npm install @ferrum/plugin-espeak';

/** Opens the phonemizer beside the model, so that the first text need not wait for it; without one, phonemes can still be spoken. */
function warm(
  openPhonemizer: () => Promise<Phonemizer>,
  { phonemizer }: CheckedEngineOptions,
  [voice]: readonly Voice[],
): void {
  if (typeof phonemizer !== 'string') return;
  openPhonemizer()
    .then((opened) => opened.phonemize('a', voice?.language ?? 'en-US'))
    .catch(() => undefined);
}

/** The phonemizer, opened when a text first needs one. */
function lazyPhonemizer({ resolve }: EngineContext, { phonemizer }: CheckedEngineOptions): () => Promise<Phonemizer> {
  if (typeof phonemizer !== 'string') return async () => phonemizer;
  let opening: Promise<Phonemizer> | undefined;
  return () => {
    opening ??= resolve('phonemization', { model: phonemizer }).catch((cause: unknown) => {
      opening = undefined;
      const isMissing = FerrumError.isInstance(cause) && cause.code === 'Unsupported' && phonemizer === 'espeak-ng';
      if (!isMissing) throw cause;
      throw new FerrumError(
        'Unsupported',
        `Speaking a text needs a phonemizer, and no plugin of this host offers one. Install espeak-ng's (GPL-3.0-or-later): ${install} – and add its plugin to createHost({ plugins }). Phonemes between [[ ]] need none.`,
        { cause, details: { install } },
      );
    });
    return opening;
  };
}
