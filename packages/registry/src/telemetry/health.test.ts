import type { ComponentHealth, HealthState } from '@ferrum/interfaces';
import { describe, expect, it } from 'vitest';
import { componentHealth, healthOf } from './health.js';

const component = (status: HealthState): ComponentHealth => ({
  status,
  message: status,
  metrics: {},
  lastCheck: new Date(),
});

describe('componentHealth', () => {
  it.each([
    ['is healthy with nothing to warn of', true, undefined, 'healthy', 'backend healthy'],
    ['warns', true, 'the queue is full', 'warning', 'the queue is full'],
    ['is unhealthy once it is shut down', false, undefined, 'unhealthy', 'the engine is shut down'],
    ['is shut down whatever there was to warn of', false, 'the queue is full', 'unhealthy', 'the engine is shut down'],
  ])('%s', (_name, isOpen, warning, status, message) => {
    expect(componentHealth({ isOpen, warning, fine: 'backend healthy' })).toMatchObject({
      status,
      message,
      metrics: {},
    });
  });

  it('passes its numbers on', () => {
    const metrics = { waitingRequests: 3 };
    expect(componentHealth({ isOpen: true, warning: undefined, fine: 'fine', metrics }).metrics).toEqual(metrics);
  });
});

describe('healthOf', () => {
  it.each<[HealthState, HealthState, HealthState]>([
    ['healthy', 'healthy', 'healthy'],
    ['healthy', 'warning', 'warning'],
    ['warning', 'healthy', 'warning'],
    ['unhealthy', 'warning', 'unhealthy'],
    ['healthy', 'unhealthy', 'unhealthy'],
  ])('of %s and %s is %s', (scheduler, backend, status) => {
    const components = { scheduler: component(scheduler), backend: component(backend) };
    expect(healthOf(components)).toMatchObject({ status, componentStatus: components });
  });
});
