// check-breaking [--since REF]: fails when what the packages export changed since another commit, and no changeset says so.
import { parseArgs } from 'node:util';
import { root } from '../run.mjs';
import { checkChanges } from './check-changes.mjs';

try {
  const { values } = parseArgs({ options: { since: { type: 'string' } } });
  const { isFitting, lines } = checkChanges(root, values.since);
  for (const line of lines) (isFitting ? console.log : console.error)(line);
  process.exitCode = isFitting ? 0 : 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
