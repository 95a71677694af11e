import { describePhonemization } from '@ferrum/conformance/vitest';
// The built package: its thread needs JavaScript.
import { EspeakPhonemizer } from '../dist/index.js';

describePhonemization(async () => new EspeakPhonemizer(), { name: 'espeak-ng' });
