// A process that buffers and then ends by itself (`end`), waits to be ended (`wait`), or cannot deliver (`stuck`).
import { closeOnExit, openBuffer } from '../../src/buffer/index.ts';

const [how] = process.argv.slice(2);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const buffer = await openBuffer<number>({
  intervalMs: how === 'end' ? 50 : 60_000,
  processor: async (batch) => {
    if (how === 'stuck') await new Promise(() => undefined);
    say(`delivered ${batch.length}`);
  },
});
closeOnExit(buffer, {
  deadlineMs: how === 'stuck' ? 100 : 10_000,
  onUndelivered: (left) => say(`undelivered ${left.length}`),
});
await buffer.set('a', 1);
say('ready');
