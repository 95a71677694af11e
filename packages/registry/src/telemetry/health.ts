import type { ComponentHealth, ComponentStatus, HealthState, HealthStatus } from '@ferrum/interfaces';

/** What a component's state is judged by. */
export interface ComponentFacts {
  /** False once the engine is shut down. */
  readonly isOpen: boolean;
  /** What is wrong, if something is. */
  readonly warning: string | undefined;
  /** What to say otherwise. */
  readonly fine: string;
  readonly metrics?: Readonly<Record<string, number>>;
}

export function componentHealth({ isOpen, warning, fine, metrics = {} }: ComponentFacts): ComponentHealth {
  return {
    status: !isOpen ? 'unhealthy' : warning === undefined ? 'healthy' : 'warning',
    message: !isOpen ? 'the engine is shut down' : (warning ?? fine),
    metrics,
    lastCheck: new Date(),
  };
}

const states: readonly HealthState[] = ['healthy', 'warning', 'unhealthy'];

/** The worst of the components. */
export function healthOf(componentStatus: ComponentStatus): HealthStatus {
  const worst = Math.max(...Object.values(componentStatus).map(({ status }) => states.indexOf(status)));
  return { status: states[worst] ?? 'healthy', componentStatus, lastCheck: new Date() };
}
