import { expect, it } from 'vitest';
import { tinyConfig } from '../testing/tiny-decoder.js';
import { configForContext } from './context-config.js';
import type { DecoderConfig } from './decoder-config.js';

const scaling = {
  type: 'longrope',
  shortFactors: [1],
  longFactors: [4],
  originalContextLength: 32,
  factor: 4,
} as const;
const config: DecoderConfig = { ...tinyConfig, contextLength: 128, rotary: { theta: 10000, scaling } };

it('a context within the original one has the short factors of longrope', () => {
  const { rotary } = configForContext(config, 32);
  expect(rotary).toEqual({ theta: 10000, scaling: { ...scaling, longFactors: [1] } });
});

it.each([undefined, 33, 128])('a context of %s tokens is left as it is', (contextLength) => {
  expect(configForContext(config, contextLength)).toBe(config);
});

it('other models do not depend on the context', () => {
  expect(configForContext(tinyConfig, 1)).toBe(tinyConfig);
});
