// The engine that docs/writing-an-engine.md ends with: it compiles as it stands there, and passes the law.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Clock } from '../../src/base/clock.ts';
import { conformance } from '../../src/conformance/suite.ts';
import type { Engine } from '../../src/contract/engine.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The one block of the page that is an engine. */
function written(): string {
  const page = readFileSync(path.join(root, 'docs/writing-an-engine.md'), 'utf8');
  const blocks = [...page.matchAll(/^```typescript\n([^]*?)^```$/gm)].map(([, code = '']) => code);
  assert.equal(blocks.length, 1, 'the page has one whole engine');
  return String(blocks[0]);
}

/** Compiles the engine within the package, so that it imports it by its name, and loads it. */
async function load(): Promise<(clock: Clock) => Engine> {
  mkdirSync(path.join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(path.join(root, '.cache', 'engine-'));
  try {
    writeFileSync(path.join(folder, 'tiny.ts'), written());
    const compilerOptions = {
      rootDir: '.',
      outDir: '.',
      composite: false,
      declaration: false,
      declarationMap: false,
    };
    const config = { extends: '../../tsconfig.base.json', compilerOptions, files: ['tiny.ts'] };
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    assert.equal(stdout, '');
    const loaded: unknown = await import(pathToFileURL(path.join(folder, 'tiny.js')).href);
    return (loaded as { tinyEngine: (clock: Clock) => Engine }).tinyEngine;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const tinyEngine = await load();
conformance({ name: 'the engine of the page', test, engine: ({ clock }) => tinyEngine(clock) });
