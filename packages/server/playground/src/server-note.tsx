import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { callJson } from './api/client.js';

/** The server's version and the way to the rest of what it offers. */
export function ServerNote() {
  const version = useSignal('');
  useEffect(() => {
    callJson<{ version: string }>('health').then(
      (health) => {
        version.value = health.version;
      },
      // A server that does not answer is reported where models are chosen; here only the version is missing.
      () => undefined,
    );
  }, []);
  return (
    <p class="server-note">
      {version.value !== '' && <span>Version {version.value}</span>}
      <a href="./reference">API reference</a>
      <a href="./licenses.md">Licences</a>
    </p>
  );
}
