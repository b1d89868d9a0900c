// Each house rule finds what it is for, and leaves good code alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doorsOf, undocumented } from './doors.ts';
import { cycles, foreignViolations, importsOf, storeyViolations } from './imports.ts';
import type { Source } from './source.ts';
import * as words from './words.ts';

/** Sources written as `{ path: text }`. */
function sources(files: Readonly<Record<string, string>>): Source[] {
  return Object.entries(files).map(([path, text]) => ({ path, text }));
}

const file = (text: string): Source[] => sources({ 'src/base/a.ts': text });

test('imports of every form are seen', () => {
  const text = `import a from './a.ts'; import type { B } from '../b.ts'; export * from './c.ts';
    export { d } from './d.ts'; const e = import('./e.ts'); type F = import('./f.ts').F; import 'node:fs';`;
  const targets = importsOf({ path: 'src/x/y.ts', text }).map(({ to }) => to);
  const near = ['a', 'c', 'd', 'e', 'f'].map((name) => `src/x/${name}.ts`);
  assert.deepEqual(targets.toSorted(), ['node:fs', 'src/b.ts', ...near]);
});

test('storeys: down is fine, up, aside and into another engine are not', () => {
  const good = sources({
    'src/index.ts': `export * from './map/a.ts'`,
    'src/map/a.ts': `import '../engines/log/a.ts'; import './b.ts'`,
    'src/engines/log/a.ts': `import './sub/b.ts'; import '../../base/a.ts'`,
    'src/engines/log/sub/b.ts': `import '../a.ts'`,
  });
  assert.deepEqual(storeyViolations(good), []);
  const bad = sources({
    'src/base/a.ts': `import type { A } from '../contract/a.ts'`,
    'src/codec/a.ts': `import '../parts/a.ts'`,
    'src/engines/log/a.ts': `\nimport '../lmdb/a.ts'`,
    'src/engines/common.ts': '',
    'src/attic/a.ts': '',
    'src/map/a.ts': `import '../attic/a.ts'`,
  });
  assert.deepEqual(storeyViolations(bad).toSorted(), [
    'src/attic/a.ts: no room called attic',
    'src/base/a.ts:1: may not import src/contract/a.ts',
    'src/codec/a.ts:1: may not import src/parts/a.ts',
    'src/engines/common.ts: no room called engines',
    'src/engines/log/a.ts:2: may not import src/engines/lmdb/a.ts',
    'src/map/a.ts:1: may not import src/attic/a.ts',
  ]);
});

test('cycles, type imports included', () => {
  const a = `import type { C } from './c.ts'`;
  const graph = { 'src/base/a.ts': a, 'src/base/b.ts': `import './a.ts'` };
  assert.deepEqual(cycles(sources(graph)), []);
  const found = cycles(sources({ ...graph, 'src/base/c.ts': `export * from './b.ts'` }));
  assert.deepEqual(found, ['src/base/a.ts -> src/base/c.ts -> src/base/b.ts -> src/base/a.ts']);
  assert.equal(cycles(file(`import './a.ts'`)).length, 1);
});

test('imports from outside need a permission', () => {
  const permissions = [{ room: 'fs/', may: /^node:/, why: 'files' }];
  const found = foreignViolations(
    sources({
      'src/fs/a.ts': `import 'node:fs'; import 'lmdb'`,
      'src/base/a.ts': `import 'node:fs'; import './b.ts'; import '../../test/c.ts'`,
    }),
    permissions,
  );
  assert.deepEqual(found, [
    'src/fs/a.ts:1: may not import lmdb',
    'src/base/a.ts:1: may not import node:fs',
    'src/base/a.ts:1: may not import test/c.ts',
  ]);
});

test('file length and its median', () => {
  assert.deepEqual(words.lengthViolations(file('\n'.repeat(149) + '0')), []);
  assert.deepEqual(words.lengthViolations(file('0;\n'.repeat(151))), ['median of 151 lines, more than 150']);
  assert.equal(words.lengthViolations(file('0;\n'.repeat(401))).length, 2);
});

test('names', () => {
  const paths = ['src/a-b/c2.ts', 'test/a.long.test.ts', 'src/aB.ts', 'src/a_b.ts', 'src/A/b.ts'];
  const found = words.nameViolations(paths.map((path) => ({ path, text: '' })));
  assert.deepEqual(
    found,
    paths.slice(2).map((path) => `${path}: not kebab-case`),
  );
});

test('syntax the house does without', () => {
  const bad = [
    'let a: any',
    'enum A {}',
    'export default 1',
    'const a = 1; export { a as default }',
    'let a: any[]',
  ];
  for (const text of bad) assert.equal(words.syntaxViolations(file(text)).length, 1, text);
  assert.deepEqual(words.syntaxViolations(file(`const any = 'any'; export { any }; // any`)), []);
});

test('comments that put things off', () => {
  const bad = ['// @ts-ignore', '/* @ts-nocheck */', '// TODO: later', '/** FIXME */'];
  for (const text of bad) assert.equal(words.commentViolations(file(text)).length, 1, text);
  assert.deepEqual(words.commentViolations(file(`const text = 'TODO'; // @ts-expect-error - wanted`)), []);
});

test('top-level await', () => {
  const bad = ['await 1', 'for await (const a of b) {}', 'export const a = await b()', 'await using a = b()'];
  for (const text of bad) assert.equal(words.awaitViolations(file(text)).length, 1, text);
  const good =
    'async function a() { await 1 } const b = async () => await 1; class C { async d() { await 1 } }';
  assert.deepEqual(words.awaitViolations(file(good)), []);
});

test('tests that are switched off', () => {
  const bad = ['test.skip("a")', 'it.only("a")', 'describe.todo("a")', 'test("a", { skip: true }, f)'];
  for (const text of bad) assert.equal(words.switchedOffTests(file(text)).length, 1, text);
  const good = 'test("a", { skip: !supports.sync }, (t) => t.skip("no server")); cursor.skip(1)';
  assert.deepEqual(words.switchedOffTests(file(good)), []);
});

test('doors come from the exports of package.json', () => {
  const exports = {
    '.': './dist/src/index.js',
    './x': './dist/src/x/index.js',
    './package.json': './package.json',
  };
  assert.deepEqual(doorsOf({ exports }), ['src/index.ts', 'src/x/index.ts']);
});

test('public names need TSDoc with a definition and an example at their declaration', () => {
  const good = sources({
    'src/index.ts': `import { a } from './a.ts'; export { a }; export * from './b.ts'; export type { C } from './c.ts';`,
    'src/a.ts': `/**\n * A.\n * @example a\n */\nexport const a = 1; export const hidden = 1;`,
    'src/b.ts': `/** B.\n@example b */\nexport function b(): void;\nexport function b(x: 1): void;\nexport function b() {}`,
    'src/c.ts': `/** C.\n@example c */\ninterface C {}\nexport type { C }; export const hidden = 1;`,
  });
  assert.deepEqual(undocumented(good, ['src/index.ts']), []);
  const bad = sources({
    'src/index.ts': `export { a } from './a.ts'; export * from './b.ts'; import { c } from './c.ts'; export { c as z };export * from './d.ts';`,
    'src/a.ts': `export * from './aa.ts';`,
    'src/aa.ts': `// not TSDoc\nexport const a = 1, hidden = 2;`,
    'src/b.ts': `/** about something else */\nconst x = 1;\nexport function b() {}\n/** */\nexport class B {}`,
    'src/c.ts': `export const c = 1;`,
    'src/d.ts': `/** D, as in @example. */\nexport const d = 1;\n/** @example e */\nexport const e = 1;`,
  });
  assert.deepEqual(undocumented(bad, ['src/index.ts', 'src/none.ts']), [
    'src/aa.ts:2: a has no TSDoc comment',
    'src/b.ts:3: b has no TSDoc comment',
    'src/b.ts:5: B has no TSDoc comment',
    'src/c.ts:1: c has no TSDoc comment',
    'src/d.ts:2: d has no @example',
    'src/d.ts:4: e has no TSDoc comment',
    'src/none.ts: no such file',
  ]);
});
