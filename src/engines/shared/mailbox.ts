import { T_MAILBOX } from './layout.ts';
import { type Memory, threadAt } from './memory.ts';

/** Of ES2024; every supported Node.js has it. */
interface WaitsLater {
  waitAsync(
    words: Int32Array,
    at: number,
    value: number,
  ): { readonly async: boolean; readonly value: string | Promise<string> };
}
// SAFETY: see above.
const atomics = Atomics as unknown as WaitsLater;

/**
 * Tells this thread, in a later turn of its event loop, that another one rang. What waits here does not keep
 * the process alive.
 *
 * @returns what ends it
 */
export function listen(m: Memory, onMail: () => void): () => void {
  const at = threadAt(m, m.me) + T_MAILBOX;
  let open = true;
  const wait = (): void => {
    const seen = Atomics.load(m.words, at);
    const { value } = atomics.waitAsync(m.words, at, seen);
    if (typeof value === 'object') void value.then(heard);
    else queueMicrotask(heard);
  };
  const heard = (): void => {
    if (!open) return;
    // Waiting comes first, so that what rings from here on is heard.
    wait();
    onMail();
  };
  wait();
  return () => {
    open = false;
  };
}
