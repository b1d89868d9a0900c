// Blocks are found where they stand, and keep their lines.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blocksOfPage, blocksOfSource, moduleOf } from './blocks.ts';

const page = (...lines: string[]): { path: string; text: string } => ({
  path: 'README.md',
  text: lines.join('\n'),
});

test('a page: only ts blocks, with their words, lines and indentation', () => {
  const text = [
    '# A',
    '```ts',
    'a();',
    '```',
    '```sh',
    'b',
    '```',
    '- c',
    '  ```ts no-run',
    '  d();',
    '    e();',
    '  ```',
  ];
  assert.deepEqual(blocksOfPage(page(...text)), [
    { path: 'README.md', line: 3, words: [], code: 'a();\n' },
    { path: 'README.md', line: 10, words: ['no-run'], code: 'd();\n  e();\n' },
  ]);
});

test('a source: the blocks of @example, none of other tags', () => {
  const text = [
    'const a = 1;',
    '/**',
    ' * A.',
    ' * ```ts',
    ' * no();',
    ' * ```',
    ' * @example',
    ' * ```ts',
    ' * yes();',
  ];
  const blocks = blocksOfSource({
    path: 'src/a.ts',
    text: [...text, ' * ```', ' * @returns b', ' */'].join('\n'),
  });
  assert.deepEqual(blocks, [{ path: 'src/a.ts', line: 9, words: ['no-run'], code: 'yes();\n' }]);
  assert.throws(
    () => blocksOfSource({ path: 'src/a.ts', text: '/** @example a() */' }),
    /without a ```ts block/,
  );
});

test('a module has its code on the line of the page, after the preamble it asks for', () => {
  const blocks = blocksOfPage(
    page(
      '```ts preamble',
      'const a = 1;',
      '```',
      '',
      '```ts with-preamble',
      'use(a);',
      '```',
      '```ts',
      'b();',
      '```',
    ),
  );
  const modules = blocks.map((block) => moduleOf(block, blocks).split('\n'));
  assert.deepEqual(modules[1]?.slice(0, 6), ['const a = 1;', '', '', '', '', 'use(a);']);
  assert.equal(modules[2]?.indexOf('b();'), 8);
  assert.throws(
    () => moduleOf({ path: 'x.md', line: 1, code: '', words: ['with-preamble'] }, blocks),
    /0 preambles/,
  );
});
