import multipart from '@fastify/multipart';
import type { FerrumApp, ServerContext } from '../server-context.js';
import { formLimits } from './form/form-error.js';
import { registerSpeech } from './speech-route.js';
import { registerTranscription } from './transcription-routes.js';
import { registerVoices } from './voices-route.js';

/** The routes below `/v1/audio`. */
export async function registerAudio(app: FerrumApp, context: ServerContext): Promise<void> {
  registerSpeech(app, context);
  registerVoices(app, context);
  await app.register(async (scope: FerrumApp) => {
    // Forms only; anything else is a 415.
    scope.removeAllContentTypeParsers();
    await scope.register(multipart, { limits: { ...formLimits, fileSize: context.settings.limits.audioBytes } });
    registerTranscription(scope, context);
  });
}
