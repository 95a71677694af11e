import path from 'node:path';
import type { EngineContext, LocalModel } from '@ferrum/interfaces';
import { convertInWorker, ensureConverted, loadChatTemplate, loadTokenizer } from '@ferrum/models';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import type { ModelShape } from '../engine/model-shape.js';
import { chooseGraph, type GraphChoice, homeOf } from './choose-graph.js';
import { type FolderConfig, readFolderConfig } from './folder-config.js';
import { type DecoderImportJob, decoderImportVersion, externalFilesOf } from './import-decoder.js';
import { type DecoderLayout, readLayout } from './layout.js';

/** Whether a model is a ready-made graph rather than weights. */
export function isOnnxModel({ files }: LocalModel): boolean {
  const names = Object.keys(files);
  const has = (pattern: RegExp): boolean => names.some((name) => pattern.test(name));
  return has(/\.onnx$/i) && !has(/\.(gguf|safetensors)$/i);
}

/** Reads, checks and rewrites a ready-made decoder once; the folder that it gives is what `OnnxDecoderRunner` opens. */
export async function prepareDecoder(
  model: LocalModel,
  label: string,
  choice: GraphChoice,
  cacheDirectory: string,
  context: EngineContext,
) {
  const names = Object.keys(model.files);
  // genai_config.json may name the graph, so it is looked at first.
  const named = names.includes('genai_config.json') ? await readFolderConfig(model.directory) : undefined;
  const graphName = chooseGraph(names, label, choice, named?.graph);
  const graph = model.files[graphName] as string;
  const home = path.join(model.directory, homeOf(graphName, names));
  const config = await readFolderConfig(home);
  const [tokenizer, template] = await Promise.all([loadTokenizer(home), loadChatTemplate(home)]);
  const files = [graph, ...(await externalFilesOf(graph))];
  const directory = await ensureConverted(
    {
      location: graph,
      files,
      maker: ['onnx-decoder', decoderImportVersion, config],
      label,
      cacheDirectory,
      convert: (folder, conversion) => {
        const job: DecoderImportJob = { graph, config, directory: folder };
        return convertInWorker(new URL('./import-decoder-worker.js', import.meta.url), job, label, conversion);
      },
    },
    context,
  );
  throwIfAborted(context.signal, `Opening ${label}`);
  const layout = await readLayout(directory);
  return { config: shapeOf(config, layout, label), tokenizer, template, directory, layout };
}

function shapeOf(config: FolderConfig, layout: DecoderLayout, label: string): ModelShape {
  const { architecture, hiddenSize, heads, contextLength } = config;
  const { kvHeads, headDim, vocabularySize, past, positions = contextLength } = layout;
  if (positions < 2) throw new FerrumError('InvalidFormat', `${label} has rotary tables of ${positions} positions.`);
  return {
    architecture,
    hiddenSize,
    heads,
    contextLength: Math.min(contextLength, positions),
    kvHeads,
    headDim,
    vocabularySize,
    layers: past.length / 2,
  };
}
