import { ApiError } from '../api/client.js';
import { openSettings } from '../settings/settings-state.js';
import { Icon } from './icons.js';

/** A failure in words, with the way out where there is one. Stands beside the control that it concerns. */
export function ErrorNote({ error, id }: { readonly error: Error | undefined; readonly id?: string }) {
  if (!error) return null;
  const needsKey = error instanceof ApiError && error.status === 401;
  return (
    <div class="error-note" role="alert" {...(id !== undefined && { id })}>
      <Icon name="warning" />
      <div>
        <p>{error.message}</p>
        {needsKey && (
          <p>
            This server asks for an API key: one of those it was started with.{' '}
            <button type="button" class="link" onClick={openSettings}>
              Enter the key in Settings
            </button>
          </p>
        )}
      </div>
    </div>
  );
}
