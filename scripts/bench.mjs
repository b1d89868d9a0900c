// Builds the library, installs the dependencies of `bench/` when they are missing or its lock file changed, and
// hands over to `bench/main.mjs`, whose options are described there:
//
//   node scripts/bench.mjs [workload ...] [options]
//
// `bench/` is a package of its own, so that peers which are only measured never become dependencies of the
// library. With SAMEMAP_DIST, the folder of another build of the library, nothing is built. What the build and
// the installation print goes to the error output, so that `--json` prints JSON and nothing else.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

function prepare(command, ...args) {
  const { status } = spawnSync(command, args, {
    stdio: ['inherit', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
}

if (process.env['SAMEMAP_DIST'] === undefined) prepare('npm', 'run', 'build');
const lock = readFileSync('bench/package-lock.json', 'utf8');
const stamp = 'bench/node_modules/.installed-lock.json';
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  prepare('npm', 'ci', '--prefix', 'bench');
  writeFileSync(stamp, lock);
}
const args = ['bench/main.mjs', ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
process.exitCode = status ?? 1;
