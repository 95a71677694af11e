import { type Static, Type } from 'typebox';
import { servedModelSchema } from './served-model.js';
import { serverSettingsSchema } from './server-settings.js';

/** What `ferrum.config.ts` or `ferrum.config.json` holds. */
export const serveConfigSchema = Type.Object(
  {
    ...serverSettingsSchema.properties,
    $schema: Type.Optional(Type.String({ description: 'For editors; not read.' })),
    models: Type.Optional(
      Type.Array(Type.Union([Type.String({ minLength: 1 }), servedModelSchema]), {
        description: 'Default: every model on this machine.',
      }),
    ),
    idleTimeoutSeconds: Type.Optional(
      Type.Number({ minimum: 0, description: 'A model not used for so long is closed; 0 keeps it open. Default 300.' }),
    ),
    prefer: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), { description: 'Engine ids or plugin names, most wanted first.' }),
    ),
    offline: Type.Optional(Type.Boolean({ description: 'Whether the network is forbidden. Default false.' })),
  },
  { additionalProperties: false },
);

export type ServeConfig = Static<typeof serveConfigSchema>;

/** Gives `ferrum.config.ts` its types: `export default defineConfig({ port: 8080, models: ['smollm2:135m'] })`. */
export function defineConfig(config: ServeConfig): ServeConfig {
  return config;
}
