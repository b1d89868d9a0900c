// Ends servers when the process that started them is gone, however it went.
import { spawn } from 'node:child_process';

/** What a watchdog guards. */
export interface Watchdog {
  /** The processes to end, in place of those named before. */
  guard(pids: readonly number[]): void;
  /** Lets the watchdog go, ending nothing. */
  release(): void;
}

// The shell reads until the pipe breaks; what it read last is what runs then.
const SCRIPT =
  'pids=; while read -r line; do pids=$line; done; [ -z "$pids" ] || { kill -9 $pids; eval "$1"; }; rm -rf "$0"';

/**
 * A watchdog that also removes a folder.
 *
 * @param last - words of the shell that it says when it has ended what it guards
 */
export function watchdog(folder: string, last = ''): Watchdog {
  const words = ['-c', SCRIPT, folder, last];
  // Its own group: what the terminal sends to the test's group must not reach it.
  const shell = spawn('sh', words, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  shell.unref();
  const input = shell.stdin;
  // A pipe can be let go of by the event loop; the type says so of sockets only.
  (input as unknown as { unref?: () => void }).unref?.();
  input.on('error', () => undefined);
  return {
    guard: (pids) => void input.write(`${pids.join(' ')}\n`),
    release: () => void input.end('\n'),
  };
}
