// Brings `dist/` back in step with the sources before a build. The compiler writes incrementally: it never
// deletes an output whose source is gone (a deleted test would go on running), and it does not notice an output
// that somebody deleted. This script removes the former, and the build records when there are any of the latter.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

const OUTPUT = /(\.d\.ts|\.js)(\.map)?$/;

/** Every file below a folder, relative to the project. */
function filesOf(folder) {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.map((name) => path.join(folder, name));
}

for (const output of filesOf('dist')) {
  if (!OUTPUT.test(output)) continue;
  const source = path.relative('dist', output.replace(OUTPUT, '.ts'));
  if (!existsSync(source)) rmSync(output, { force: true });
}

const sources = ['src', 'test', 'examples'].flatMap(filesOf).filter((file) => file.endsWith('.ts'));
const missing = sources.some((file) => !existsSync(path.join('dist', file.replace(/\.ts$/, '.js'))));
if (missing) for (const room of ['src', 'test']) rmSync(`dist/${room}.tsbuildinfo`, { force: true });
