// Runs the compiled tests with Node's own runner.
//
//   node scripts/test.mjs [--long] [--node <path>] [name-part ...]
//
// Without `--long` every `*.test.ts` runs except `*.long.test.ts`; with it, only those. Parts of file names narrow
// the choice. A test file cannot be left out silently: each source must have its output, and the runner's
// `every-file` reporter fails the run when a chosen file reports no test of its own.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { long: { type: 'boolean', default: false }, node: { type: 'string', default: process.execPath } },
});

const sources = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.test.ts'),
);
const chosen = sources
  .filter((name) => name.endsWith('.long.test.ts') === values.long)
  .filter((name) => positionals.length === 0 || positionals.some((part) => name.includes(part)))
  .map((name) => path.join('dist', 'test', name.replace(/\.ts$/, '.js')))
  .toSorted();

const absent = chosen.filter((file) => !existsSync(file));
if (absent.length > 0) {
  console.error(`not compiled: ${absent.join(', ')}`);
  process.exit(1);
}
if (chosen.length === 0) {
  console.log('no test file matches');
  process.exit(values.long && positionals.length === 0 ? 0 : 1);
}

const timeoutMs = values.long ? 3_600_000 : 300_000;
const { status, signal } = spawnSync(
  values.node,
  [
    '--enable-source-maps',
    '--test',
    '--test-concurrency=2',
    `--test-timeout=${timeoutMs}`,
    '--test-reporter=./scripts/every-file.mjs',
    '--test-reporter-destination=stderr',
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    ...chosen,
  ],
  { stdio: 'inherit', env: { ...process.env, SAMEMAP_TEST_FILES: chosen.join(path.delimiter) } },
);
if (signal !== null) console.error(`the test runner was ended by ${signal}`);
process.exit(status ?? 1);
