import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..');

/** Lowest last: what stands above may import what stands below, and never the other way (docs/architecture.md). */
const ENGINE = [
  ...['engine', 'api', 'build', 'container', 'image', 'registry'],
  ...['snapshot', 'layer', 'content', 'dockerfile', 'oci', 'time'],
].map((name) => `sandbox/${name}`);

/** What a folder may import beside itself; a name with an ending is one file. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  cli: [
    'sandbox/host',
    'sandbox/egress',
    'sandbox/layer',
    'lessons',
    'server/protocol.ts',
    'server/uplink/machine-uplink.ts',
    'test/oracle/tools.ts',
  ],
  server: [
    'sandbox/host/supervisor.ts',
    'sandbox/host/channel.ts',
    'sandbox/engine/routes.ts',
    'lessons',
    'sandbox/egress',
    'sandbox/registry',
    'sandbox/content',
    'sandbox/dockerfile',
    'sandbox/oci',
    'sandbox/time',
  ],
  web: ['server/protocol.ts'],
  lessons: [],
  'sandbox/host': ['sandbox/engine/routes.ts'],
  'sandbox/egress': [],
  ...Object.fromEntries(ENGINE.map((folder, index) => [folder, ENGINE.slice(index + 1)])),
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const IMPORTS = filesIn(['cli', 'server', 'web', 'lessons', 'sandbox']).flatMap(readImports);

describe('imports go down the table of docs/architecture.md and never up', () => {
  it('finds imports to judge', () => {
    expect(IMPORTS.length).toBeGreaterThan(100);
  });

  it.each(Object.keys(ALLOWED))('%s', (folder) => {
    const strays = IMPORTS.filter(({ from }) => folderOf(from) === folder && !isTestFile(from))
      .filter(({ to }) => folderOf(to) !== folder)
      .filter(
        ({ to }) =>
          !(ALLOWED[folder] ?? []).some((allowed) => to === allowed || to.startsWith(`${allowed}/`)),
      )
      .map(({ from, to }) => `${from} imports ${to}`);
    expect(strays).toEqual([]);
  });

  it('knows every folder', () => {
    const unknown = IMPORTS.map(({ from }) => folderOf(from)).filter((folder) => !(folder in ALLOWED));
    expect([...new Set(unknown)]).toEqual([]);
  });

  it('the page takes types alone from the rest of the project', () => {
    const values = IMPORTS.filter(({ from, to }) => folderOf(from) === 'web' && folderOf(to) !== 'web')
      .filter(({ from, typeOnly }) => !isTestFile(from) && !typeOnly)
      // A constant of the contract is part of it.
      .filter(({ to }) => to !== 'server/protocol.ts');
    expect(values).toEqual([]);
  });

  it('nothing imports the command line', () => {
    expect(IMPORTS.filter(({ from, to }) => folderOf(to) === 'cli' && folderOf(from) !== 'cli')).toEqual([]);
  });

  it('only a main reads the environment', () => {
    const readers = filesIn(['server', 'lessons', 'sandbox'])
      .filter((file) => !isTestFile(file) && path.basename(file) !== 'main.ts')
      .filter((file) => /process\.env[.[]/u.test(readFileSync(path.join(ROOT, file), 'utf8')));
    expect(readers).toEqual([]);
  });
});

/** Source files below `folders`, relative to the project. */
function filesIn(folders: readonly string[]): string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(
        (file) => `${folder}/${file}`,
      ),
    )
    .filter((file) => /\.m?[tj]s$/u.test(file) && !file.endsWith('.d.mts') && !file.includes('node_modules'));
}

/** `sandbox/api` for what lies in the sandbox, else the first folder. */
function folderOf(file: string): string {
  const [first = '', second = ''] = file.split('/');
  return first === 'sandbox' ? `${first}/${second}` : first;
}

/** Tests and what is made for them may reach further. */
function isTestFile(file: string): boolean {
  return /\.test\.ts$|(?:^|\/)testing(?:\.ts$|\/)|\/conformance\.ts$/u.test(file);
}

function readImports(file: string): Import[] {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true);
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier?.startsWith('.') === true) {
      const to = path.posix.join(path.posix.dirname(file), specifier);
      const typeOnly =
        ts.isImportDeclaration(node) && node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
      found.push({ from: file, to, typeOnly });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** What `node` imports, when it is an import, a re-export or a dynamic import with a plain text. */
function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    return node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier)
      ? node.moduleSpecifier.text
      : undefined;
  }
  if (!ts.isCallExpression(node) || node.expression.kind !== ts.SyntaxKind.ImportKeyword) return undefined;
  const [argument] = node.arguments;
  return argument !== undefined && ts.isStringLiteral(argument) ? argument.text : undefined;
}
