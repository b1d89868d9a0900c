// Finds an etcd server for tests and benchmarks, and obtains one where the machine has none.
//
//   node scripts/etcd-binary.mjs [base | newer]
//
// prints { file, version, from, note } as JSON. `base` is `ETCD_BIN`, else `etcd` on the PATH, else the package
// `etcd-server` of the release that apt is configured for. `newer` is `ETCD_NEWER_BIN`, else `base` where that
// has the corrections named in `hasCorrections`, else the package of a later release of the same archive; where
// there is none to be had it is `base` again, and `note` says why.
//
// Packages are fetched by apt into `.cache/etcd` without root: apt gets a state folder of its own, so the machine's
// lists are neither needed nor touched, checks the index by the machine's keys, and the package by the index.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('../.cache/etcd/', import.meta.url));
const PACKAGE = 'etcd-server';
/** Releases of an archive, newest first, that may have a later package than the configured one. */
const LATER = { Debian: ['sid', 'testing', 'stable'], Ubuntu: ['devel'] };
const ADVICE =
  'no etcd server: name one by ETCD_BIN, or put `etcd` on the PATH (Debian, Ubuntu: package etcd-server; ' +
  'macOS: brew install etcd; others: the release archives of the project etcd)';

/** The server for `base` or `newer`. Throws with advice when there is none. */
export function etcdBinary(which = 'base') {
  const base = named('ETCD_BIN') ?? onPath();
  if (which === 'base') return base ?? packaged('base', configured);
  const newer = named('ETCD_NEWER_BIN');
  if (newer !== undefined) return newer;
  const known = base ?? packaged('base', configured);
  if (hasCorrections(known.version)) return known;
  try {
    return packaged('newer', (work) => later(work, known.version));
  } catch (error) {
    return { ...known, note: `no newer etcd than ${known.version}: ${error.message}` };
  }
}

/** Whether a server has the corrections to watches and leases that its line got last. */
function hasCorrections(version) {
  const [major, minor, patch] = version.split('.').map(Number);
  const least = { 4: 42, 5: 28, 6: 9 }[minor] ?? 0;
  return major > 3 || (major === 3 && minor > 3 && patch >= least);
}

function versionOf(file) {
  const text = execFileSync(file, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const version = /etcd Version: (\d+\.\d+\.\d+)/.exec(text)?.[1];
  if (version === undefined) throw new Error(`${file} --version does not look like etcd's`);
  return version;
}

function found(file, from) {
  return { file, version: versionOf(file), from, note: '' };
}

function named(variable) {
  const file = process.env[variable];
  return file === undefined || file === '' ? undefined : found(file, variable);
}

function onPath() {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(folder, process.platform === 'win32' ? 'etcd.exe' : 'etcd');
    try {
      accessSync(file, constants.X_OK);
    } catch {
      continue;
    }
    return found(file, 'PATH');
  }
  return undefined;
}

/** The server of a package, unpacked on first use; several processes may do that at once. */
function packaged(name, download) {
  const home = path.join(CACHE, name);
  const file = path.join(home, 'usr/bin/etcd');
  if (!existsSync(file)) {
    mkdirSync(CACHE, { recursive: true });
    const work = mkdtempSync(path.join(CACHE, 'work-'));
    try {
      const unpacked = path.join(work, 'root');
      run(work, 'dpkg-deb', '-x', download(work), unpacked);
      versionOf(path.join(unpacked, 'usr/bin/etcd')); // it must run here
      rename(unpacked, home);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  return found(file, `package ${PACKAGE}`);
}

function rename(from, to) {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(path.join(to, 'usr/bin/etcd'))) throw error; // else another process was first
  }
}

/** The package of the release that apt is configured for. */
function configured(work) {
  const apt = aptIn(work, []);
  apt('update');
  return fetched(apt, work);
}

/** The newest package of later releases; one that is not newer than `than` counts as none. */
function later(work, than) {
  const apt = aptIn(work, []);
  apt('update');
  const format = '$(REPO_URI) $(COMPONENT) $(ORIGIN)';
  const targets = apt('indextargets', '--format', format, 'Created-By: Packages').trim().split('\n');
  const refusals = [];
  for (const [archive, component, origin] of uniqueTargets(targets)) {
    for (const suite of LATER[origin] ?? []) {
      const own = mkdtempSync(path.join(work, 'later-'));
      try {
        const sources = path.join(own, 'sources.list');
        writeFileSync(sources, `deb ${archive} ${suite} ${component}\n`);
        const other = aptIn(own, [`Dir::Etc::sourcelist=${sources}`, 'Dir::Etc::sourceparts=/dev/null']);
        other('update');
        const deb = fetched(other, own);
        const root = path.join(own, 'try');
        run(work, 'dpkg-deb', '-x', deb, root);
        const version = versionOf(path.join(root, 'usr/bin/etcd'));
        if (hasCorrections(version) || compare(version, than) > 0) return deb;
        refusals.push(`${suite} has ${version}`);
      } catch (error) {
        refusals.push(`${suite}: ${error.message.split('\n')[0]}`);
      }
    }
  }
  throw new Error(refusals.join('; ') || 'apt knows no archive with later releases');
}

function uniqueTargets(lines) {
  const targets = lines.map((line) => line.split(' '));
  return [...new Map(targets.map((target) => [target.join(' '), target])).values()];
}

function compare(a, b) {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** Calls apt in the folder `work`, with a state and a cache below it. */
function aptIn(work, options) {
  for (const folder of ['state/lists/partial', 'cache/archives/partial'])
    mkdirSync(path.join(work, folder), { recursive: true });
  const settings = [
    `Dir::State=${work}/state`,
    `Dir::State::lists=${work}/state/lists`,
    `Dir::Cache=${work}/cache`,
    'APT::Sandbox::User=root',
    'Acquire::Languages=none',
    'Acquire::Retries=2',
    'Acquire::http::Timeout=20',
    'Acquire::https::Timeout=20',
    ...options,
  ].flatMap((setting) => ['-o', setting]);
  return (word, ...rest) => {
    const program = word === 'show' ? 'apt-cache' : 'apt-get';
    return run(work, program, '-q', ...settings, word, ...rest);
  };
}

/** Downloads the package and holds it against the index. */
function fetched(apt, work) {
  const record = apt('show', '--no-all-versions', PACKAGE);
  const wanted = /^SHA256: ([0-9a-f]{64})$/m.exec(record)?.[1];
  apt('download', PACKAGE);
  const name = readdirSync(work).find((each) => each.endsWith('.deb'));
  if (name === undefined) throw new Error(`apt downloaded no ${PACKAGE}`);
  const deb = path.join(work, name);
  const sum = createHash('sha256').update(readFileSync(deb)).digest('hex');
  if (sum !== wanted) throw new Error(`${name} is not the file that the index names`);
  return deb;
}

function run(cwd, program, ...args) {
  try {
    return execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if (error.code === 'ENOENT') throw new Error(`there is no ${program} here`);
    const said = String(error.stderr ?? '')
      .trim()
      .split('\n')[0];
    throw new Error(`${program} failed: ${said || error.message}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(JSON.stringify(etcdBinary(process.argv[2])));
  } catch (error) {
    console.error(`${ADVICE}; ${error.message}`);
    process.exitCode = 1;
  }
}
