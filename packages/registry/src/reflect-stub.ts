/**
 * tsyringe refuses to load unless `Reflect.getMetadata` exists, which only its decorators call; we use none. This module
 * is imported just before tsyringe, and the stub goes away just after: left in place it would keep older
 * `reflect-metadata` versions from installing themselves for an application's own decorators.
 */
const stub = (): undefined => undefined;

const reflect: typeof Reflect & { getMetadata?: unknown } = Reflect;
reflect.getMetadata ??= stub;

export function removeReflectStub(): void {
  if (reflect.getMetadata === stub) delete reflect.getMetadata;
}
