// The last batch is not lost when a process ends.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { closeOnExit } from '../../src/buffer/index.ts';

const child = fileURLToPath(new URL('./exit-child.js', import.meta.url));

/** Runs the child, sends it a signal when it is ready, and tells how it ended and what it said. */
async function ended(how: string, signal?: NodeJS.Signals): Promise<{ by: unknown; said: string[] }> {
  const running = spawn(process.execPath, [child, how], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  running.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    if (signal !== undefined && text === 'ready\n') running.kill(signal);
  });
  const [code, by] = await new Promise<unknown[]>((resolve) => {
    running.on('close', (...result) => resolve(result));
  });
  return { by: by ?? code, said: text.trim().split('\n') };
}

test('a process that ends by itself delivers first', async () => {
  assert.deepEqual(await ended('end'), { by: 0, said: ['ready', 'delivered 1'] });
});

test('a process ended by a signal delivers first, and ends by that signal', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    assert.deepEqual(await ended('wait', signal), { by: signal, said: ['ready', 'delivered 1'] });
  }
});

test('what cannot be delivered in time is told, and the process ends', async () => {
  assert.deepEqual(await ended('stuck', 'SIGTERM'), { by: 'SIGTERM', said: ['ready', 'undelivered 1'] });
});

test('the listeners are taken away again', () => {
  const before = process.listenerCount('SIGTERM');
  const forget = closeOnExit({ close: async () => [] });
  assert.equal(process.listenerCount('SIGTERM'), before + 1);
  forget();
  assert.equal(process.listenerCount('SIGTERM'), before);
});
