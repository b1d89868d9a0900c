// The commands of docs/guides/operating.md, run in one folder in their order, print what the page shows.
//
// A `console` block has lines `$ command`, each followed by what it prints on either stream, and by `[code]` where it
// ends with another exit code than 0. `…` stands for anything within a line, and alone for any lines.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = await readFile(path.join(root, 'docs/guides/operating.md'), 'utf8');

interface Command {
  readonly line: string;
  readonly shown: string;
}

/** The commands of all blocks. */
function commandsOf(text: string): Command[] {
  const blocks = [...text.matchAll(/^```console\n([^]*?)^```$/gm)].map(([, code = '']) => code);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const end = part.indexOf('\n');
        return { line: part.slice(0, end), shown: part.slice(end + 1).trimEnd() };
      }),
  );
}

/** What is printed fits what is shown. */
function patternOf(shown: string): RegExp {
  const escaped = shown
    .split('\n')
    .map((line) =>
      line === '…'
        ? '(?:.*\\n)*?'
        : `${line.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll('…', '.*')}\\n`,
    );
  return new RegExp(`^${escaped.join('')}$`);
}

let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'samemap-operating-'));
  await mkdir(path.join(folder, 'bin'));
  const program = path.join(root, 'dist/src/cli/main.js');
  const shim = path.join(folder, 'bin', 'samemap');
  await writeFile(shim, `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
  await chmod(shim, 0o755);
});
after(() => rm(folder, { recursive: true, force: true }));

/** Runs all lines in one shell, which says between them how each ended. */
async function session(lines: readonly string[]): Promise<string[]> {
  const script = lines.map((line) => `${line}\ncode=$?; [ $code = 0 ] || echo "[$code]"; echo "${MARK}"`);
  const child = spawn('sh', ['-c', `exec 2>&1\n${script.join('\n')}`], {
    cwd: folder,
    env: { ...process.env, PATH: `${path.join(folder, 'bin')}:${process.env['PATH'] ?? ''}`, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  await new Promise((resolve) => child.on('close', resolve));
  return printed.split(`${MARK}\n`).slice(0, -1);
}

const MARK = '-- next --';

test('operating: each command prints what the page shows', async () => {
  const commands = commandsOf(page);
  assert.ok(commands.length > 10);
  const printed = await session(commands.map(({ line }) => line));
  for (const [i, { line, shown }] of commands.entries()) {
    const pattern = shown === '' ? /^$/ : patternOf(shown);
    assert.match(printed[i] ?? '', pattern, `$ ${line}\n${printed[i]}`);
  }
});

test('operating: blocks are taken apart, and what differs is passed over', () => {
  const commands = commandsOf('```console\n$ a b\none\n…\ntwo … three\n$ c\n```\n');
  assert.deepEqual(commands, [
    { line: 'a b', shown: 'one\n…\ntwo … three' },
    { line: 'c', shown: '' },
  ]);
  const pattern = patternOf(commands[0]?.shown ?? '');
  assert.match('one\nx\ny\ntwo 7 three\n', pattern);
  assert.match('one\ntwo  three\n', pattern);
  assert.doesNotMatch('one\ntwo 7 four\n', pattern);
  assert.doesNotMatch('zero\none\ntwo 7 three\n', pattern);
});
