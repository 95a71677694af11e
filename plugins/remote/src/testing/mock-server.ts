import { setTimeout as sleep } from 'node:timers/promises';
import {
  mockEmbedder,
  mockHost,
  mockLanguageModel,
  mockLanguageModelFeatures,
  mockReranker,
  mockSpeaker,
  mockSpeakerFeatures,
  mockTranscriber,
} from '@ferrum/conformance/testing';
import { type RunningServer, serve } from './serve.js';

/** Long enough for a call to be seen at work, and interrupted. */
const soon = () => sleep(2);

/** Ferrum's own server with a mock of every modality, each called as its capability is, on a free port. */
export function mockServer(): Promise<RunningServer> {
  const engines = {
    // So few places that somebody waits, and so slow that all are there before the first has ended.
    'text-generation': mockLanguageModel({
      maxRunningRequests: 2,
      beforePiece: (_, { priority }) => sleep(priority === undefined || priority === 'normal' ? 1 : 30),
    }).engine,
    embedding: mockEmbedder({ beforeInput: soon }).engine,
    reranking: mockReranker({ beforeDocument: soon }).engine,
    transcription: mockTranscriber({ beforeSegment: () => sleep(20) }).engine,
    // Voices made of two are nothing that the plugin declares.
    speech: mockSpeaker({
      features: mockSpeakerFeatures.filter((feature) => feature !== 'voice-blending'),
      beforeSentence: () => sleep(20),
    }).engine,
  };
  const features = { 'text-generation': mockLanguageModelFeatures };
  return serve(
    mockHost({ engines, features, opens: (model, capability) => model === capability }),
    Object.keys(engines),
  );
}
