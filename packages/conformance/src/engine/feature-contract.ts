import type { InferenceEngine } from '@ferrum/interfaces';
import { rejection } from './rejection.js';
import type { Subject } from './subject.js';

export interface FeatureTests<Engine extends InferenceEngine> {
  /** Registers what must hold of an engine that has the feature. */
  readonly works: (test: Subject<Engine>['test']) => void;
  /** Requests that use it, by what they ask for; an engine that lacks the feature refuses each. */
  readonly uses: Readonly<Record<string, (engine: Engine) => unknown>>;
}

/** A feature that is declared works; one that is not is refused with `Unsupported`. */
export function featureContract<Engine extends InferenceEngine>(
  subject: Subject<Engine>,
  feature: string,
  { works, uses }: FeatureTests<Engine>,
): void {
  if (subject.has(feature)) {
    works((name, body) => subject.test(`${feature}: ${name}`, () => namingFeature(feature, body)));
    return;
  }
  for (const [what, use] of Object.entries(uses)) {
    subject.test(`${feature}, which it does not declare: refuses ${what}`, async () => {
      await rejection(() => use(subject.engine), 'Unsupported');
    });
  }
}

async function namingFeature(feature: string, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The engine declares the feature ${feature}, but does not keep to it: ${what}`, { cause });
  }
}
