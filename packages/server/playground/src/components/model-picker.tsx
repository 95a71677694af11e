import { signal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { type Capability, modelList, modelsFor } from '../api/models.js';
import { ErrorNote } from './error-note.js';

const choices = signal<Readonly<Partial<Record<Capability, string>>>>({});

/** The model to use: the one chosen, if it is still served, or the first. */
export function selectedModel(capability: Capability): string | undefined {
  const models = modelsFor(capability);
  return (models.find(({ id }) => id === choices.value[capability]) ?? models[0])?.id;
}

/** A list of the served models of one capability, or what to do when there is none. */
export function ModelPicker({ capability }: { readonly capability: Capability }) {
  const id = useId();
  const list = modelList.value;
  if (list.state === 'failed') return <ErrorNote error={list.error} />;
  if (list.state === 'loading') return <p class="hint">Reading the list of models…</p>;
  const models = modelsFor(capability);
  if (models.length === 0) {
    const { name, example } = words[capability];
    return (
      <div class="notice">
        <p>
          This server has no {name} model. Start it with one: <code>ferrum serve {example}</code>
        </p>
      </div>
    );
  }
  return (
    <div class="field">
      <label for={id}>{words[capability].label}</label>
      <select
        id={id}
        value={selectedModel(capability)}
        onChange={(event) => {
          choices.value = { ...choices.value, [capability]: event.currentTarget.value };
        }}
      >
        {models.map((model) => (
          <option key={model.id} value={model.id}>
            {model.id}
          </option>
        ))}
      </select>
    </div>
  );
}

const words: Readonly<Record<Capability, { readonly name: string; readonly label: string; readonly example: string }>> =
  {
    'text-generation': { name: 'text', label: 'Model', example: 'smollm2:135m' },
    embedding: { name: 'embedding', label: 'Model', example: 'minilm:l6' },
    reranking: { name: 'reranking', label: 'Reranking model', example: 'ms-marco-minilm:l6-v2' },
    transcription: { name: 'transcription', label: 'Model', example: 'whisper:base' },
    speech: { name: 'speech', label: 'Model', example: 'kokoro:82m' },
  };
