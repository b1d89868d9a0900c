#!/usr/bin/env node
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { open } from '../index.ts';
import { EXIT } from './exit.ts';
import { run } from './run.ts';

const { version } = createRequire(import.meta.url)('samemap/package.json') as { version: string };
const interrupt = new AbortController();
let received: 'SIGINT' | 'SIGTERM' | 'SIGHUP' = 'SIGINT';

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // The first asks to end in order; who asks again does not want to wait.
    if (interrupt.signal.aborted) process.exit(128 + constants.signals[signal]);
    received = signal;
    interrupt.abort(new Error(`ended by ${signal}`));
  });
}
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const code = await run(
  process.argv.slice(2),
  {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    open,
    now: Date.now,
    interrupt: interrupt.signal,
  },
  version,
);
process.exitCode = code === EXIT.interrupted ? 128 + constants.signals[received] : code;
