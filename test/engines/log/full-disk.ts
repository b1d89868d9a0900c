// Writes to a small disk until it is full, then makes room, and says what came of it as one line of JSON.
import { writeSync } from 'node:fs';
import { logEngine } from '../../../src/engines/log/index.ts';
import { open } from '../../../src/map/open.ts';

const codeOf = (error: unknown): string => String(Reflect.get(Object(error), 'code'));

async function main(dir: string): Promise<void> {
  const options = { dir, segmentBytes: 262_144 };
  const store = await open(await logEngine(options));
  const map = store.map<string>('m');
  const acked = new Set<string>();
  const codes = new Set<string>();
  for (let n = 0; codes.size === 0; n++) {
    // Several at once, so that a batch is torn in its middle.
    const keys = Array.from({ length: 8 }, (_, i) => `k${n}.${i}`);
    await Promise.all(
      keys.map(async (key) => {
        const code = await map.set(key, key.repeat(200)).then(() => '', codeOf);
        if (code === '') acked.add(key);
        else codes.add(code);
      }),
    );
  }
  const whole = async (): Promise<boolean> => {
    for (const key of acked) if ((await map.get(key)) !== key.repeat(200)) return false;
    return true;
  };
  const full = { count: await map.count(), whole: await whole() };
  const dropped = Array.from(acked).slice(0, Math.ceil(acked.size / 2));
  // Removals are small; there is room for them where a batch of values was taken back.
  let removed = 0;
  for (const key of dropped) {
    if (!(await map.delete(key).catch(() => false))) continue;
    acked.delete(key);
    removed++;
  }
  const compacted = await map.compact().then(() => 'ok', codeOf);
  const after = await map.set('after', 'x').then(() => 'ok', codeOf);
  await store.close().catch(() => undefined);
  const again = await open(await logEngine(options));
  const reopened = again.map<string>('m');
  let kept = true;
  for (const key of acked) kept &&= (await reopened.get(key)) === key.repeat(200);
  const count = await reopened.count();
  await again.close().catch(() => undefined);
  const said = { codes: [...codes], acked: acked.size, removed, full, compacted, after, kept, count };
  writeSync(1, JSON.stringify(said));
}

void main(process.argv[2] ?? '');
