// Killing a process with durable buffers, and reading what their ledgers have to say.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { open } from '../../src/index.ts';
import { openBuffer } from '../../src/buffer/index.ts';
import { Ahead } from '../fixtures/ahead.ts';
import type { Child } from '../fixtures/ahead.ts';

/** A child writes fewer numbers than this, however far it is ahead of what it could say. */
const ROUND_NUMBERS = 20_000_000;
const children = fileURLToPath(new URL('./kill-child.js', import.meta.url));

/** A store and a ledger, and what was accepted by the buffer on it. */
interface Subject {
  readonly address: string;
  readonly ledger: string;
  readonly accepted: Map<string, number>;
}

/**
 * Runs children one after the other over the same stores and ledgers, kills each, and checks every few times.
 *
 * @param buffers - how many each child has: all are killed with it, each in the middle of something else
 */
export async function killOften(
  scheme: 'log' | 'lmdb',
  kills: number,
  buffers: number,
): Promise<{ readonly accepted: number; readonly again: number }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'samemap-kill-'));
  const subjects = Array.from({ length: buffers }, (_, index): Subject => ({
    address: `${scheme}:${path.join(folder, `store-${index}`)}`,
    ledger: path.join(folder, `ledger-${index}`),
    accepted: new Map(),
  }));
  const ahead = new Ahead(children);
  let count = 0;
  try {
    for (let kill = 1; kill <= kills; kill++) {
      const child = ahead.begin([scheme, folder, String(buffers), String(kill * ROUND_NUMBERS)]);
      const lines = await killed(child, 5 + Math.floor(Math.random() * 400 * buffers));
      for (const [index, key, number] of lines) {
        const { accepted } = subjects[index] as Subject;
        accepted.set(key, Math.max(accepted.get(key) ?? -1, number));
        count++;
      }
      if (kill % 5 === 0 || kill === kills) for (const subject of subjects) await checkRest(subject);
    }
    const again = subjects.reduce((sum, { ledger }) => sum + checkOrder(ledger), 0);
    return { accepted: count, again };
  } finally {
    ahead.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Kills a child after that many lines; what it said. */
async function killed(child: Child, afterLines: number): Promise<[number, string, number][]> {
  let text = '';
  let count = 0;
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    count += piece.split('\n').length - 1;
    if (count > afterLines) child.kill('SIGKILL');
  });
  const [, signal] = await once(child, 'close');
  assert.equal(signal, 'SIGKILL');
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => {
    const [index = '', key = '', number = ''] = line.split(' ');
    return [Number(index), key, Number(number)];
  });
}

/** Delivers what is left, and finds the last accepted write of each key, or a later one, in the ledger. */
async function checkRest({ address, ledger, accepted }: Subject): Promise<void> {
  const store = await open(address);
  const buffer = await openBuffer<number>({
    store,
    processor: (batch) => appendFileSync(ledger, batch.map(({ key, value }) => `${key} ${value}\n`).join('')),
  });
  assert.deepEqual(await buffer.close(), []);
  assert.equal(await store.map('buffer.buffer').count(), 0, 'all of it was acknowledged');
  await store.close();
  const last = new Map(linesOf(ledger));
  for (const [key, number] of accepted) {
    const found = last.get(key) ?? -1;
    assert.ok(found >= number, `${key}: ${number} was accepted, and ${found} is the last`);
  }
}

function linesOf(ledger: string): [string, number][] {
  if (!existsSync(ledger)) return [];
  const text = readFileSync(ledger, 'utf8');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [key = '', number = ''] = line.split(' ');
      return [key, Number(number)];
    });
}

/** Within each key the ledger goes up, or says again what it said last; how often it did. */
function checkOrder(ledger: string): number {
  const last = new Map<string, number>();
  let again = 0;
  for (const [key, number] of linesOf(ledger)) {
    const before = last.get(key) ?? -1;
    assert.ok(number >= before, `${key}: ${number} came after ${before}`);
    if (number === before) again++;
    last.set(key, number);
  }
  return again;
}
