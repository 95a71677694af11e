import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { modelList, refreshModels, type ServedModel } from '../api/models.js';
import { announce } from '../components/announcer.js';
import { ErrorNote } from '../components/error-note.js';
import { Icon } from '../components/icons.js';
import { ViewHeading } from '../components/view-heading.js';

/** The table of `/v1/models`. */
export function ModelsView() {
  const busy = useSignal(false);
  const refresh = async () => {
    busy.value = true;
    await refreshModels();
    busy.value = false;
    const list = modelList.value;
    if (list.state === 'ready') announce(`${list.models.length} models.`);
  };
  useEffect(() => void refreshModels(), []);
  const list = modelList.value;
  return (
    <>
      <ViewHeading title="Models">What this server can run. A model is opened by its first request.</ViewHeading>
      <div class="actions">
        <button type="button" onClick={refresh} aria-disabled={busy.value}>
          <Icon name="refresh" /> {busy.value ? 'Refreshing…' : 'Refresh'}
        </button>
      </div>
      {list.state === 'failed' && <ErrorNote error={list.error} />}
      {list.state === 'loading' && <p class="hint">Reading the list of models…</p>}
      {list.state === 'ready' && list.models.length === 0 && (
        <div class="notice">
          <p>
            This server has no model. Start it with some: <code>ferrum serve smollm2:135m minilm:l6</code>
          </p>
        </div>
      )}
      {list.state === 'ready' && list.models.length > 0 && <ModelTable models={list.models} />}
    </>
  );
}

function ModelTable({ models }: { readonly models: readonly ServedModel[] }) {
  // Known of open language models alone; a server may have none.
  const hasContext = models.some(({ context_length }) => context_length !== undefined);
  return (
    <table class="card model-table">
      <caption class="visually-hidden">Served models</caption>
      <thead>
        <tr>
          <th scope="col">Model</th>
          <th scope="col">Can do</th>
          <th scope="col">State</th>
          {hasContext && <th scope="col">Context</th>}
        </tr>
      </thead>
      <tbody>
        {models.map(({ id, aliases = [], capabilities, state, context_length }) => (
          <tr key={id}>
            <th scope="row">
              <code>{id}</code>
              {aliases.length > 0 && <span class="hint">also {aliases.join(', ')}</span>}
            </th>
            <td data-label="Can do">{capabilities.join(', ')}</td>
            <td data-label="State">
              <span class={`badge ${state}`}>{state}</span>
            </td>
            {hasContext && (
              <td data-label="Context">
                {context_length === undefined ? '—' : `${context_length.toLocaleString('en')} tokens`}
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
