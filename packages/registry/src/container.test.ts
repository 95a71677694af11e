import { describe, expect, it } from 'vitest';
import { createContainer } from './container.js';
import { fakeDescriptor } from './testing/fakes.js';

describe('createContainer', () => {
  it('keeps hosts apart and engines in order of registration', () => {
    const [one, other] = [createContainer(), createContainer()];
    const engines = ['b', 'a', 'c'].map((id) => ({ descriptor: fakeDescriptor({ id }), plugin: 'plugin' }));
    for (const engine of engines) one.addEngine(engine);
    expect(one.engines('fake')).toEqual(engines);
    expect(one.engine('a')).toBe(engines[1]);
    expect(one.engines('embedding')).toEqual([]);
    expect(one.models()).toBeUndefined();
    expect(other.engines('fake')).toEqual([]);
    expect(other.engine('a')).toBeUndefined();
  });

  it('neither leaves its stub in Reflect nor registers anything globally', async () => {
    createContainer().addEngine({ descriptor: fakeDescriptor(), plugin: 'plugin' });
    // Only now: container.ts must be the first to load it.
    const { container: globalContainer } = await import('tsyringe');
    expect('getMetadata' in Reflect).toBe(false);
    expect(globalContainer.isRegistered(Symbol.for('@ferrum/capability/fake'))).toBe(false);
  });
});
