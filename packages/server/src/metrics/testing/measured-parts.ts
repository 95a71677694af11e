import { Admission } from '../../http/admission.js';
import { ModelDirectory } from '../../models/model-directory.js';
import { withDefaults } from '../../options/server-settings.js';
import { SessionStore } from '../../sessions/session-store.js';
import { type FakeEngines, fakeHost } from '../../testing/fake-host.js';
import type { MeasuredParts } from '../server-metrics.js';

/** A directory of fake engines, called like their capabilities, and what else is measured. */
export async function measuredParts(
  engines: FakeEngines,
  options?: Parameters<typeof fakeHost>[1],
): Promise<MeasuredParts> {
  const models = await ModelDirectory.open(fakeHost(engines, options), Object.keys(engines));
  return { models, sessions: new SessionStore(withDefaults({}).sessions), admission: new Admission() };
}
