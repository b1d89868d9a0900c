// A pool of worker threads that shares a cache and a rate limiter.
//
//   node dist/examples/thread-pool.js
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { open } from 'samemap';
import type { Answer, Request } from './thread-pool/worker.ts';

// Opened before the pool starts its workers, which then find it by its name.
const store = await open('shared:pool', { capacityBytes: 2 ** 24, onFull: 'evict' });
const pool = new Piscina({
  filename: fileURLToPath(new URL('./thread-pool/worker.js', import.meta.url)),
  name: 'handle',
  minThreads: 2,
  maxThreads: 2,
});
try {
  const requests: Request[] = Array.from({ length: 600 }, (_, n) => ({
    client: n % 3 === 0 ? 'greedy' : `client ${n % 50}`,
    text: `text ${n % 20}`,
  }));
  const answers = (await Promise.all(requests.map((request) => pool.run(request)))) as Answer[];
  const limited = answers.filter((answer) => answer === 'limited').length;
  const cached = answers.filter((answer) => answer !== 'limited' && answer.from === 'cache').length;
  console.log(
    `${answers.length} requests: ${limited} over the limit, ${cached} from the cache of all threads`,
  );
  console.log(`${await store.map('digests').count()} digests are kept`);
} finally {
  await pool.destroy();
  await store.close();
}
