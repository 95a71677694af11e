// First step of a package's `build`, in the package's folder: tsc leaves the output of a source that was deleted or
// renamed where it is, and it would be published.
import { rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
