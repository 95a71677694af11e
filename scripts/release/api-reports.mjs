// What the packages export, as text that can be reviewed and compared: one report for each entry point that has types.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { entryPoints, publicPackages } from './packages.mjs';

/**
 * @returns {Map<string, string>} file name (`registry.errors.api.md`) → report
 * @throws when a package was not built, or its declarations have errors
 */
export function apiReports(root) {
  const temporary = mkdtempSync(path.join(tmpdir(), 'ferrum-api-'));
  try {
    const entries = publicPackages(root).flatMap((item) => entriesOf(item));
    const configs = entries.map((entry) => extractorConfig(root, entry, temporary));
    // One program for all of them: most of the time goes into reading the declarations of Node.js.
    const compilerState = CompilerState.create(configs[0], {
      additionalEntryPoints: entries.slice(1).map(({ declarations }) => declarations),
    });
    return new Map(entries.map((entry, index) => [entry.fileName, report(entry, configs[index], compilerState)]));
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

function entriesOf(item) {
  const typed = entryPoints(item).filter(({ types }) => types !== undefined);
  return typed.map(({ specifier, types }) => {
    const declarations = path.join(item.folder, types);
    if (!existsSync(declarations)) throw new Error(`${specifier}: there is no ${declarations}. Run "npm run build".`);
    const fileName = `${specifier.split('/').slice(1).join('.')}.api.md`;
    return { specifier, folder: item.folder, declarations, fileName };
  });
}

function extractorConfig(root, { folder, declarations, fileName }, temporary) {
  const compilerOptions = { composite: false, declarationMap: false, declaration: false, tsBuildInfoFile: null };
  const silent = { default: { logLevel: ExtractorLogLevel.None } };
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: path.join(folder, 'package.json'),
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: declarations,
      newlineKind: 'lf',
      compiler: {
        overrideTsconfig: { extends: path.join(root, 'tsconfig.base.json'), compilerOptions, files: [declarations] },
      },
      apiReport: {
        enabled: true,
        reportFileName: path.basename(fileName, '.api.md'),
        reportFolder: temporary,
        reportTempFolder: path.join(temporary, 'temp'),
        // A type that is reachable, but not exported, is part of what users compile against.
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        extractorMessageReporting: silent,
        tsdocMessageReporting: silent,
      },
    },
  });
}

function report({ specifier, fileName }, config, compilerState) {
  const problems = [];
  Extractor.invoke(config, {
    localBuild: true,
    compilerState,
    messageCallback(message) {
      if (message.logLevel === ExtractorLogLevel.Error) problems.push(message.formatMessageWithLocation());
      message.handled = true;
    },
  });
  if (problems.length > 0) throw new Error(`${specifier}: ${problems.join('\n')}`);
  const text = readFileSync(path.join(config.reportFolder, fileName), 'utf8');
  const [, declarations] = /```ts\n([\s\S]*)```/.exec(text);
  return `# ${specifier}\n\nMade by \`npm run api\`; not to be edited.\n\n\`\`\`ts\n${withoutNoise(declarations)}\n\`\`\`\n`;
}

/** A docstring that is written or removed is no change of an interface; `@deprecated` and `@beta` are worth a look. */
function withoutNoise(declarations) {
  return declarations
    .replace(/^\/\/ \(No @packageDocumentation comment for this package\)\n/m, '')
    .replace(/^( *)\/\/ (.*)\n/gm, (line, indent, comment) => {
      const kept = comment.replace(/@public|\(undocumented\)/g, '').trim();
      if (kept === comment.trim()) return line;
      return kept === '' ? '' : `${indent}// ${kept.replace(/ +/g, ' ')}\n`;
    })
    .trim();
}
