// Writes docs/reference: a page for everything that a published package exports, made from its docstrings.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Application } from 'typedoc';
import { entryPoints, root } from './entry-points.mjs';

const docs = path.join(root, 'docs');
const out = path.join(docs, 'reference');
const tsconfig = path.join(docs, '.vitepress', 'cache', 'tsconfig.json');
const entries = entryPoints().filter(({ source }) => existsSync(path.join(root, source)));

rmSync(out, { recursive: true, force: true });
writeTsconfig();
const app = await Application.bootstrapWithPlugins({
  plugin: ['typedoc-plugin-markdown'],
  entryPoints: entries.map(({ source }) => path.join(root, source)),
  tsconfig,
  out,
  router: 'member',
  readme: 'none',
  entryFileName: 'index.md',
  hidePageHeader: true,
  hideBreadcrumbs: false,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  excludePrivate: true,
  excludeInternal: true,
  excludeExternals: true,
  disableSources: true,
  // The repository's own type check has gone over these files.
  skipErrorChecking: true,
  logLevel: 'Warn',
  validation: { notExported: false, invalidLink: true, notDocumented: false },
});
const project = await app.convert();
if (!project) process.exit(1);
nameModules();
await app.generateOutputs(project);
if (app.logger.hasErrors()) process.exit(1);

/** Sources rather than declarations, so that a type of another package is a link to its page. */
function writeTsconfig() {
  const names = Object.fromEntries(entries.map(({ name, source }) => [name, [path.join(root, source)]]));
  const settings = {
    extends: path.join(root, 'tsconfig.base.json'),
    compilerOptions: {
      composite: false,
      noEmit: true,
      tsBuildInfoFile: null,
      paths: names,
      typeRoots: [path.join(root, 'node_modules', '@types')],
    },
    files: entries.map(({ source }) => path.join(root, source)),
  };
  mkdirSync(path.dirname(tsconfig), { recursive: true });
  writeFileSync(tsconfig, JSON.stringify(settings));
}

/** TypeDoc names a module after its file; readers know the name that they import. */
function nameModules() {
  const byFile = new Map(entries.map(({ name, source }) => [path.join(root, source), name]));
  for (const module of project.children ?? []) {
    const file = project.files.getReflectionPath(module);
    module.name = byFile.get(file) ?? module.name;
  }
}
