// Every TypeScript block of the documentation compiles against the package, and those of README.md and
// docs/guides/ run: each as a module of its own, those of a page one after the other in a process in an empty folder.
// `docs/blocks.ts` has the words for fences.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { blocksOfPage, blocksOfSource, moduleOf, type Block } from './docs/blocks.ts';
import { readSources } from './tidy/source.ts';

const RUN_TIMEOUT_MS = 60_000;
const root = fileURLToPath(new URL('../../', import.meta.url));
mkdirSync(path.join(root, '.cache'), { recursive: true });
// Inside the project, so that blocks find `samemap` by its own name.
const work = mkdtempSync(path.join(root, '.cache', 'docs-'));
after(() => rmSync(work, { recursive: true, force: true }));

const docs = existsSync(path.join(root, 'docs'))
  ? readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  : [];
const pages = [
  'README.md',
  ...docs.filter((name) => name.endsWith('.md')).map((name) => path.posix.join('docs', name)),
]
  .filter((page) => existsSync(path.join(root, page)))
  .map((page) => ({ path: page, text: readFileSync(path.join(root, page), 'utf8') }));
const blocks = [...pages.flatMap(blocksOfPage), ...readSources(root, 'src').flatMap(blocksOfSource)];
const runs = blocks.filter(
  ({ path: page, words }) => /^(README\.md|docs\/guides\/)/.test(page) && !words.includes('no-run'),
);

/** The file name of a block, which names its place on the page. */
function fileOf({ path: page, line }: Block, extension: string): string {
  return `${page.replaceAll('/', '__').replace(/\.\w+$/, '')}-line-${line}${extension}`;
}

/** Runs a script to its end; resolves with what it said when it failed, else with nothing. */
async function run(args: readonly string[], cwd: string): Promise<string> {
  const child = spawn(process.execPath, args, {
    cwd,
    timeout: RUN_TIMEOUT_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  const [code, signal] = await new Promise<unknown[]>((resolve, reject) => {
    child.on('error', reject).on('close', (...how) => resolve(how));
  });
  return code === 0 ? '' : `exit ${String(code ?? signal)}\n${output}`;
}

test('the blocks compile', async (t) => {
  t.diagnostic(`${blocks.length} blocks compiled, ${runs.length} of them run`);
  for (const block of blocks) writeFileSync(path.join(work, fileOf(block, '.ts')), moduleOf(block, blocks));
  const config = {
    extends: '../../tsconfig.base.json',
    compilerOptions: {
      rootDir: '.',
      outDir: 'out',
      composite: false,
      declaration: false,
      declarationMap: false,
      noUnusedLocals: false,
      noUnusedParameters: false,
    },
    files: blocks.map((block) => fileOf(block, '.ts')),
  };
  if (blocks.length === 0) return; // the compiler refuses an empty list
  writeFileSync(path.join(work, 'tsconfig.json'), JSON.stringify(config));
  assert.equal(await run([path.join(root, 'node_modules/typescript/bin/tsc'), '-p', work], work), '');
});

/** Runs modules one after the other in one process, which then has to end by itself. */
const RUNNER = `for (const script of process.argv.slice(1)) {
  await import(script).catch((error) => {
    console.error('in ' + script);
    throw error;
  });
}`;

for (const page of new Set(runs.map(({ path: of }) => of))) {
  const of = runs.filter((block) => block.path === page);
  test(`${page} runs, all ${of.length} of its blocks`, async () => {
    const cwd = mkdtempSync(path.join(tmpdir(), 'samemap-docs-'));
    try {
      const scripts = of.map((block) => pathToFileURL(path.join(work, 'out', fileOf(block, '.js'))).href);
      const args = ['--enable-source-maps', '--input-type=module', '-e', RUNNER, ...scripts];
      assert.equal(await run(args, cwd), '');
    } finally {
      rmSync(cwd, { recursive: true, force: true });
    }
  });
}
