// The house rules, held over the sources. `tidy/rules.test.ts` shows that each rule can fail.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { doorsOf, undocumented } from './tidy/doors.ts';
import { cycles, foreignViolations, storeyViolations, type Permission } from './tidy/imports.ts';
import { readSources } from './tidy/source.ts';
import * as words from './tidy/words.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const src = readSources(root, 'src');
const tests = readSources(root, 'test');
const examples = existsSync(path.join(root, 'examples')) ? readSources(root, 'examples') : [];
const all = [...src, ...tests, ...examples];

/** Who may import what from outside the project. Rooms that are not named here run anywhere. */
const PERMISSIONS: readonly Permission[] = [
  { room: '', may: /^@standard-schema\/spec$/, why: 'types only' },
  {
    room: 'codec/',
    may: /^(msgpackr(\/index-no-eval)?|node:.*)$/,
    why: 'the structured codec and its buffers',
  },
  { room: 'parts/checksum', may: /^node:zlib$/, why: 'crc32 in native code' },
  { room: 'fs/', may: /^node:/, why: 'the twin that is the real file system' },
  { room: 'engines/', may: /^node:/, why: 'threads, files and sockets' },
  { room: 'engines/lmdb/', may: /^lmdb$/, why: 'an optional peer' },
  { room: 'engines/etcd/', may: /^@grpc\/grpc-js$/, why: 'an optional peer' },
  { room: 'map/open', may: /^node:/, why: 'addresses become paths' },
  { room: 'map/tracing/', may: /^node:diagnostics_channel$/, why: 'tracing channels' },
  { room: 'buffer/', may: /^node:(os|diagnostics_channel)$/, why: 'how many cores; metrics' },
  { room: 'conformance/', may: /^node:/, why: 'clones of folders, child processes' },
  {
    room: 'doors/opentelemetry/',
    may: /^(node:diagnostics_channel|@opentelemetry\/api)$/,
    why: 'channels; an optional peer',
  },
  {
    room: 'doors/session/express',
    may: /^express-session$/,
    why: 'an optional peer: the class of its stores',
  },
  { room: 'doors/session/fastify', may: /^(@fastify\/session|fastify)$/, why: 'types only' },
  { room: 'cli/', may: /^(node:.*|commander|cli-progress)$/, why: 'the terminal' },
];

/** A test that a rule finds nothing. */
function holds(name: string, findings: () => readonly string[]): void {
  test(name, () => assert.deepEqual(findings(), []));
}

holds('rooms import only from strictly lower storeys', () => storeyViolations(src));
holds('no cycles', () => cycles(src));
holds('imports from outside stay in their rooms', () => foreignViolations(src, PERMISSIONS));
holds('files are short', () => words.lengthViolations(src));
holds('names are kebab-case', () => words.nameViolations(all));
holds('no any, no enums, no default exports', () => words.syntaxViolations(all));
holds('comments put nothing off', () => words.commentViolations(all));
holds('no top-level await', () =>
  words.awaitViolations(src.filter(({ path: file }) => !file.startsWith('src/cli/'))),
);
holds('no test is switched off', () => words.switchedOffTests([...src, ...tests]));

holds('every public name is defined, and shown by an example', () => {
  const text = readFileSync(path.join(root, 'package.json'), 'utf8');
  return undocumented(src, doorsOf(JSON.parse(text) as Parameters<typeof doorsOf>[0]));
});

holds('lock files name no download addresses', () => {
  const locks = ['package-lock.json', 'bench/package-lock.json', 'test/keyv/package-lock.json'].filter(
    (file) => existsSync(path.join(root, file)),
  );
  return locks.filter((file) => readFileSync(path.join(root, file), 'utf8').includes('"resolved"'));
});
