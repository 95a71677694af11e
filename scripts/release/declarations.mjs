// Reads an API report: which declarations there are, which members each has, and where imported names come from.
import { createRequire } from 'node:module';

// The compiler that API Extractor prints its reports with; TypeScript 7 has no parser for programs.
const require = createRequire(import.meta.url);
const ts = createRequire(require.resolve('@microsoft/api-extractor'))('typescript');
const printer = ts.createPrinter({ removeComments: true });

/**
 * @typedef {{ texts: string[], isRequired: boolean }} Member `texts`: one for each overload; `isRequired`: whoever writes
 * such an object has to give it
 * @typedef {{ isExported: boolean, head: string, members: Map<string, Member> }} Declaration
 */

/** @returns {Map<string, Declaration>} `interface HostOptions`, `import Host` → what it is */
export function declarationsOf(report) {
  const [, code] = /```ts\n([\s\S]*)```/.exec(report) ?? [];
  if (code === undefined) throw new Error('This is no API report: it has no block of TypeScript.');
  const file = ts.createSourceFile('report.d.ts', code, ts.ScriptTarget.Latest, true);
  const declarations = new Map();
  for (const statement of file.statements) {
    for (const [name, declaration] of readStatement(statement)) {
      const known = declarations.get(name);
      if (known === undefined) declarations.set(name, declaration);
      else for (const [key, member] of declaration.members) addMember(known.members, key, member);
    }
  }
  return declarations;
}

function readStatement(statement) {
  const isExported = statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
  const declaration = (kind, name, head, members) => [`${kind} ${name}`, { isExported, head, members }];
  if (ts.isInterfaceDeclaration(statement)) {
    return [declaration('interface', statement.name.text, headOf(statement), membersOf(statement.members, isAsked))];
  }
  if (ts.isClassDeclaration(statement)) {
    return [declaration('class', statement.name.text, headOf(statement), membersOf(statement.members, isAbstract))];
  }
  if (ts.isEnumDeclaration(statement)) {
    return [
      declaration(
        'enum',
        statement.name.text,
        '',
        membersOf(statement.members, () => false),
      ),
    ];
  }
  if (ts.isFunctionDeclaration(statement)) {
    const members = new Map([['signature', { texts: [print(statement).replace(/^export /, '')], isRequired: false }]]);
    return [declaration('function', statement.name.text, '', members)];
  }
  if (ts.isTypeAliasDeclaration(statement) && ts.isTypeLiteralNode(statement.type)) {
    return [declaration('type', statement.name.text, headOf(statement), membersOf(statement.type.members, isAsked))];
  }
  if (ts.isTypeAliasDeclaration(statement)) {
    const head = `${headOf(statement)} ${print(statement.type)}`.trim();
    return [declaration('type', statement.name.text, head, new Map())];
  }
  if (ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)) {
    const head = print(statement.moduleSpecifier);
    return statement.exportClause.elements.map((element) => [
      `export ${element.name.text}`,
      { isExported: true, head: `${print(element)} ${head}`.trim(), members: new Map() },
    ]);
  }
  if (ts.isImportDeclaration(statement)) {
    return importsOf(statement).map(({ name, what }) => [
      `import ${name}`,
      { isExported: false, head: `${what} from ${print(statement.moduleSpecifier)}`, members: new Map() },
    ]);
  }
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map((variable) =>
      declaration('const', variable.name.getText(), print(variable), new Map()),
    );
  }
  // A namespace, a star: as a whole.
  const name = statement.name?.getText() ?? print(statement.moduleSpecifier);
  return [declaration(ts.SyntaxKind[statement.kind], name, print(statement), new Map())];
}

/** The names that a module has from an import, and what each is where it comes from. */
function importsOf({ importClause }) {
  const { name, namedBindings } = importClause ?? {};
  const imports = name === undefined ? [] : [{ name: name.text, what: 'default' }];
  if (namedBindings === undefined) return imports;
  if (ts.isNamespaceImport(namedBindings)) return [...imports, { name: namedBindings.name.text, what: '*' }];
  const named = namedBindings.elements.map((element) => ({
    name: element.name.text,
    what: (element.propertyName ?? element.name).text,
  }));
  return [...imports, ...named];
}

/** What stands between the name and the members: type parameters, what is extended and implemented, `abstract`. */
function headOf(statement) {
  const { typeParameters = [], heritageClauses = [] } = statement;
  const parts = [
    isAbstract(statement) ? 'abstract' : '',
    typeParameters.map(print).join(', '),
    ...heritageClauses.map(print),
  ];
  return parts.filter((part) => part !== '').join(' ');
}

function membersOf(nodes, isRequired) {
  const members = new Map();
  for (const node of nodes) addMember(members, keyOf(node), { texts: [print(node)], isRequired: isRequired(node) });
  return members;
}

/** Of an object type: whoever writes such an object has to give what is not optional. */
const isAsked = (node) => node.questionToken === undefined;

/** Of a class: its users get what is new, unless they have to implement it. */
const isAbstract = (node) => node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AbstractKeyword) ?? false;

function keyOf(node) {
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  if (ts.isIndexSignatureDeclaration(node)) return '[index]';
  if (ts.isCallSignatureDeclaration(node)) return '(call)';
  if (ts.isConstructSignatureDeclaration(node)) return 'new';
  const isStatic = node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) ?? false;
  return isStatic ? `static ${node.name.getText()}` : node.name.getText();
}

/** Overloads, and the getter and setter of one name, are one member. */
function addMember(members, key, { texts, isRequired }) {
  const known = members.get(key);
  if (known === undefined) members.set(key, { texts: [...texts], isRequired });
  else known.texts.push(...texts);
}

function print(node) {
  if (node === undefined) return '';
  return printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile()).replace(/\s+/g, ' ');
}
