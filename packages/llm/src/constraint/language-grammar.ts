import { Derivatives } from './derivatives.js';
import { choice, type Expression, empty, type GrammarBuilder, nothing, sequence } from './grammar.js';
import type { Language } from './language.js';

interface State {
  readonly mayEnd: boolean;
  readonly steps: readonly (readonly [target: number, characters: Expression])[];
}

/**
 * The texts of a language, as rules of an automaton.
 * @param write how characters of the text are written
 * @returns undefined where the automaton would be too large
 */
export function languageGrammar(
  language: Language,
  builder: GrammarBuilder,
  write: (characters: Expression) => Expression = (characters) => characters,
): Expression | undefined {
  const derivatives = new Derivatives();
  const start = derivatives.termOf(language);
  const states = new Map<number, State>();
  const waiting = [start];
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    if (states.has(state)) continue;
    if (states.size >= mostStates || derivatives.size > mostTerms) return undefined;
    const steps = [...derivatives.steps(state)].map(
      ([target, ranges]) => [target, { kind: 'class', ranges } as Expression] as const,
    );
    states.set(state, { mayEnd: derivatives.hasEmpty(state), steps });
    waiting.push(...steps.map(([target]) => target));
  }
  const living = livingStates(states);
  if (!living.has(start)) return nothing;
  return rulesOf(start, states, living, builder, write);
}

const mostStates = 2000;
const mostTerms = 20_000;

/** States from which an end can be reached. */
function livingStates(states: ReadonlyMap<number, State>): ReadonlySet<number> {
  const sources = new Map<number, number[]>();
  for (const [source, { steps }] of states) {
    for (const [target] of steps) sources.set(target, [...(sources.get(target) ?? []), source]);
  }
  const living = new Set<number>();
  const waiting = [...states].filter(([, { mayEnd }]) => mayEnd).map(([state]) => state);
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    if (living.has(state)) continue;
    living.add(state);
    waiting.push(...(sources.get(state) ?? []));
  }
  return living;
}

function rulesOf(
  start: number,
  states: ReadonlyMap<number, State>,
  living: ReadonlySet<number>,
  builder: GrammarBuilder,
  write: (characters: Expression) => Expression,
): Expression {
  const rules = new Map<number, ReturnType<GrammarBuilder['reserve']>>();
  for (const state of living) rules.set(state, builder.reserve());
  for (const [state, rule] of rules) {
    const { mayEnd, steps } = states.get(state) as State;
    const moves = steps.flatMap(([target, characters]) => {
      const next = rules.get(target);
      return next ? [sequence(write(characters), next)] : [];
    });
    builder.rules.set(rule.name, choice(...(mayEnd ? [empty] : []), ...moves));
  }
  return rules.get(start) ?? nothing;
}
