// What the tests of the store for Keyv load: a package of its own, `test/keyv`, installed when they first need it, and
// not below `test`, where what it installs would be taken for tests and sources.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const source = path.join(root, 'test', 'keyv');
const home = path.join(root, '.cache', 'keyv');
const FILES = ['package.json', 'package-lock.json', '.npmrc'];

/** Installs the package, unless that was done for this very lock file; runs no script of what it installs. */
export function installKeyv(): void {
  const lock = readFileSync(path.join(source, 'package-lock.json'), 'utf8');
  const stamp = path.join(home, 'node_modules', '.installed-lock.json');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  mkdirSync(home, { recursive: true });
  for (const file of FILES) copyFileSync(path.join(source, file), path.join(home, file));
  const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: home,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ci of test/keyv failed: ${stderr}`);
  writeFileSync(stamp, lock);
}

/** Loads a file of the package's dependencies. */
export async function loadOf<Module>(file: string): Promise<Module> {
  // SAFETY: the caller says what the file exports.
  return (await import(pathToFileURL(path.join(home, 'node_modules', file)).href)) as Module;
}
