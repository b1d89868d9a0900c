// Killing a process with a durable buffer, and reading what its ledger has to say.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { open } from '../../src/index.ts';
import { openBuffer } from '../../src/buffer/index.ts';

/** A child writes fewer numbers than this, however far it is ahead of what it could say. */
const ROUND_NUMBERS = 20_000_000;
const child = fileURLToPath(new URL('./kill-child.js', import.meta.url));

/** Runs children one after the other over one store and one ledger, kills each, and checks every few times. */
export async function killOften(
  scheme: 'log' | 'lmdb',
  rounds: number,
): Promise<{ readonly accepted: number; readonly again: number }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'samemap-kill-'));
  const address = `${scheme}:${path.join(folder, 'store')}`;
  const ledger = path.join(folder, 'ledger');
  const accepted = new Map<string, number>();
  let count = 0;
  try {
    for (let round = 0; round < rounds; round++) {
      const lines = await killed(
        [address, ledger, String(round * ROUND_NUMBERS)],
        5 + Math.floor(Math.random() * 400),
      );
      for (const [key, number] of lines) {
        accepted.set(key, Math.max(accepted.get(key) ?? -1, number));
        count++;
      }
      if (round % 5 === 4) await checkRest(address, ledger, accepted);
    }
    await checkRest(address, ledger, accepted);
    return { accepted: count, again: checkOrder(ledger) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A child, killed after that many lines; what it said. */
async function killed(args: readonly string[], afterLines: number): Promise<[string, number][]> {
  const running = spawn(process.execPath, [child, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  running.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    if (text.split('\n').length > afterLines) running.kill('SIGKILL');
  });
  const [, signal] = await new Promise<unknown[]>((resolve) => {
    running.on('close', (...how) => resolve(how));
  });
  assert.equal(signal, 'SIGKILL');
  const lines = text.slice(0, text.lastIndexOf('\n')).split('\n').slice(1);
  return lines.map((line) => {
    const [key = '', number = ''] = line.split(' ');
    return [key, Number(number)];
  });
}

/** Delivers what is left, and finds the last accepted write of each key, or a later one, in the ledger. */
async function checkRest(
  address: string,
  ledger: string,
  accepted: ReadonlyMap<string, number>,
): Promise<void> {
  const store = await open(address);
  const buffer = await openBuffer<number>({
    store,
    processor: (batch) => appendFileSync(ledger, batch.map(({ key, value }) => `${key} ${value}\n`).join('')),
  });
  assert.deepEqual(await buffer.close(), []);
  assert.equal(await store.map('buffer.buffer').count(), 0, 'all of it was acknowledged');
  await store.close();
  const last = lastOf(ledger);
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

function lastOf(ledger: string): Map<string, number> {
  return new Map(linesOf(ledger));
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
