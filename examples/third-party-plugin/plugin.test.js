import { describeReranking } from '@ferrum/conformance';
import { createHost } from '@ferrum/registry';
import { plugin } from './plugin.js';

describeReranking(
  async () => {
    const host = createHost({ plugins: [plugin] });
    return host.resolve('reranking', { model: 'word-overlap' });
  },
  { features: [] },
);
