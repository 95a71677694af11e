import type { CapabilityMap, EngineContext, ModelManifest } from '@ferrum/interfaces';
import type { RemoteCapability } from './config/remote-config.js';
import { RemoteEmbedder } from './embedding/remote-embedder.js';
import { engineOptions } from './engine/engine-options.js';
import { featuresOf } from './features.js';
import type { ServerGroup } from './http/server-group.js';
import type { FoundModel } from './register-engines.js';
import { RemoteReranker } from './reranking/remote-reranker.js';
import { RemoteSpeaker } from './speech/remote-speaker.js';
import { RemoteLanguageModel } from './text/remote-language-model.js';
import { RemoteTranscriber } from './transcription/remote-transcriber.js';

export interface OpeningContext extends Pick<EngineContext, 'options' | 'signal'> {
  readonly manifest: ModelManifest;
  readonly servers: ServerGroup;
}

/**
 * The engine of a model on servers. Only that of an embedding model whose `dimensions` are not configured asks a server.
 * @throws FerrumError `InvalidParameter` for options it does not have; of the request that asks
 */
export async function openRemoteEngine(
  { model, remoteModel }: FoundModel,
  { manifest, servers, options, signal }: OpeningContext,
): Promise<CapabilityMap[RemoteCapability]> {
  const features = featuresOf(model, servers.config.api);
  const parts = { manifest, remoteModel, servers, features, options: engineOptions(options) };
  switch (model.capability) {
    case 'text-generation':
      return new RemoteLanguageModel({ ...parts, model });
    case 'embedding':
      return RemoteEmbedder.open({ ...parts, model }, signal);
    case 'reranking':
      return new RemoteReranker({ ...parts, model });
    case 'transcription':
      return new RemoteTranscriber({ ...parts, model });
    case 'speech':
      return new RemoteSpeaker({ ...parts, model });
  }
}
