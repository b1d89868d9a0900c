// Builds the library, installs the dependencies of `bench/` when they are missing or its lock file changed, and
// hands over to `bench/main.mjs`:
//
//   node scripts/bench.mjs [workload ...]
//
// `bench/` is a package of its own (package.json, package-lock.json, main.mjs), so that peers which are only
// measured never become dependencies of the library. When it has a tsconfig.json, that is compiled first, and
// its outputs belong into `dist-bench/`.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

function run(command, ...args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync('bench/main.mjs')) {
  console.error('there is no bench/main.mjs');
  process.exit(1);
}

run('npm', 'run', 'build');
const lock = readFileSync('bench/package-lock.json', 'utf8');
const stamp = 'bench/node_modules/.installed-lock.json';
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  run('npm', 'ci', '--prefix', 'bench');
  writeFileSync(stamp, lock);
}
if (existsSync('bench/tsconfig.json')) run('npx', 'tsc', '-p', 'bench/tsconfig.json');
run(process.execPath, 'bench/main.mjs', ...process.argv.slice(2));
