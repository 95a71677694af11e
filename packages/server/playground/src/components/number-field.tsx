import type { Signal } from '@preact/signals';
import { useId } from 'preact/hooks';

/** What a number may be. A field may also be empty; its placeholder says what holds then. */
export interface NumberRule {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
}

/** What is wrong with a typed number, or nothing. */
export function numberProblem(text: string, { label, min, max, integer = false }: NumberRule): string | undefined {
  if (text.trim() === '') return undefined;
  const value = Number(text);
  const fits = Number.isFinite(value) && value >= min && value <= max && (!integer || Number.isInteger(value));
  return fits ? undefined : `${label} must be ${integer ? 'a whole number' : 'a number'} from ${min} to ${max}.`;
}

/** The number typed; undefined for an empty field. */
export function readNumber(text: string): number | undefined {
  return text.trim() === '' ? undefined : Number(text);
}

/** A labelled field for a number, with its problem under it. */
export function NumberField({
  rule,
  value,
  placeholder,
}: {
  readonly rule: NumberRule;
  readonly value: Signal<string>;
  readonly placeholder: string;
}) {
  const id = useId();
  const problem = numberProblem(value.value, rule);
  return (
    <div class="field">
      <label for={id}>{rule.label}</label>
      <input
        id={id}
        type="text"
        inputMode={rule.integer ? 'numeric' : 'decimal'}
        autocomplete="off"
        placeholder={placeholder}
        value={value}
        aria-invalid={problem !== undefined}
        aria-describedby={problem === undefined ? undefined : `${id}-problem`}
        onInput={(event) => {
          value.value = event.currentTarget.value;
        }}
      />
      {problem !== undefined && (
        <p class="field-problem" id={`${id}-problem`} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
