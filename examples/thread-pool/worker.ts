// What each thread of the pool does with a request.
import { createHash } from 'node:crypto';
import { open } from 'samemap';
import { allow } from './rate-limit.ts';

/** A request, as the pool hands it to a thread. */
export interface Request {
  readonly client: string;
  readonly text: string;
}

/** How a request ended. */
export type Answer = 'limited' | { readonly digest: string; readonly from: 'cache' | 'work' };

const store = await open('shared:pool');
const counts = store.map<number>('rate', { ttlMs: 60_000 }).sync;
const digests = store.map<string>('digests').sync;
const LIMIT = { calls: 100, windowMs: 30_000 };

/** Called by the pool. */
export function handle({ client, text }: Request): Answer {
  if (!allow(counts, client, LIMIT)) return 'limited';
  const known = digests.get(text);
  if (known !== undefined) return { digest: known, from: 'cache' };
  // Of threads that come here at once, one stores its result, and all answer with that.
  const digest = digests.getOrInsert(text, createHash('sha256').update(text).digest('hex'));
  return { digest, from: 'work' };
}
