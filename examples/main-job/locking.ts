import { StoreError } from 'samemap';
import { count, timed } from './report.ts';
import type { Stage } from './stage.ts';

const TASKS = 1000;

/** What the tasks take turns at. */
interface Round {
  turns: number;
  last: string;
}

/** Tasks take turns at one entry; who writes past the lock is not overwritten. */
export async function locking({ report, store }: Stage): Promise<void> {
  report.section('Lock', 'Tasks take turns: each locks an entry, changes its copy, commits it.');
  const rounds = store.map<Round>('rounds');
  const takeTurn = (task: string): Promise<unknown> =>
    rounds.withLock(
      'table',
      async (lock) => {
        if (lock.value === undefined) return;
        lock.value.turns++;
        lock.value.last = task;
        await lock.commit();
      },
      { initial: () => ({ turns: 0, last: '' }) },
    );
  const [, rate] = await timed(TASKS, 'commits', () =>
    Promise.all(Array.from({ length: TASKS }, (_, task) => takeTurn(`task ${task + 1}`))),
  );
  const round = await rounds.get('table');
  report.proof(
    round?.turns === TASKS && round.last === `task ${TASKS}`,
    `${count(TASKS)} tasks at once → ${count(round?.turns ?? 0)} turns, none lost, the last by ${round?.last}`,
    rate,
  );

  const lock = await rounds.lock('table');
  await rounds.set('table', { turns: 0, last: 'somebody who did not ask' });
  const refusal = await lock.commit({ turns: -1, last: 'outdated' }).catch((error: unknown) => error);
  const kept = await rounds.get('table');
  report.proof(
    refusal instanceof StoreError && refusal.code === 'CONFLICT' && kept?.turns === 0,
    'a write past the lock: the commit is refused as CONFLICT, the write stands',
  );
}
