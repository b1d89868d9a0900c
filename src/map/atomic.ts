import type { CallOptions } from '../contract/calls.ts';
import type { Cell, Guard, Operation } from '../contract/core.ts';
import type { Engine, SyncEngine } from '../contract/engine.ts';
import type { Atomic, AtomicOutcome, SyncAtomic } from '../contract/store.ts';
import { Gathering, guardOf, operationOf, outcomeOf } from './atomic-gathering.ts';
import type { Target } from './atomic-gathering.ts';
import { checkCall, limited } from './call-limits.ts';
import type { Call } from './call-limits.ts';
import { committed } from './tracing/answers.ts';
import { listened, tellLater, tellNow } from './tracing/channel.ts';
import type { OperationMessage } from './tracing/channel.ts';
import { whenFree } from './waiting.ts';

/** Begins an atomic commit of the sync face. */
export function syncAtomic(engine: SyncEngine): SyncAtomic {
  const gathering = new Gathering(engine);
  const atomic: SyncAtomic = {
    check(map, key, version) {
      gathering.check(map, key, version);
      return atomic;
    },
    set(map, key, value, options) {
      gathering.set(map, key, value, options);
      return atomic;
    },
    delete(map, key) {
      gathering.delete(map, key);
      return atomic;
    },
    commit: () =>
      listened()
        ? tellNow(messageOf(engine, gathering), committed, () => commitNow(engine, gathering))
        : commitNow(engine, gathering),
  };
  return atomic;
}

/** Begins an atomic commit of the async face. */
export function asyncAtomic(engine: Engine): Atomic {
  const gathering = new Gathering(engine);
  const atomic: Atomic = {
    check(map, key, version) {
      gathering.check(map, key, version);
      return atomic;
    },
    set(map, key, value, options) {
      gathering.set(map, key, value, options);
      return atomic;
    },
    delete(map, key) {
      gathering.delete(map, key);
      return atomic;
    },
    commit: (options?: CallOptions) =>
      listened()
        ? tellLater(messageOf(engine, gathering), committed, () => commitUnder(engine, gathering, options))
        : commitUnder(engine, gathering, options),
  };
  return atomic;
}

function messageOf(engine: Engine, { about }: Gathering): OperationMessage {
  return { operation: 'atomic', engine: engine.supports.engine, ...about };
}

function commitNow(engine: SyncEngine, gathering: Gathering): AtomicOutcome {
  const { checks, targets } = gathering.close();
  const cells = targets.map((target) => cellOf(target));
  const guards = checks.map((check) => guardOf(check, check.context.id()));
  const operations = targets.map((target, i) => operationOf(target, target.context.writeId(), cells[i]));
  return outcomeOf(engine.core.commit(guards, operations), checks, targets);
}

async function commitUnder(
  engine: Engine,
  gathering: Gathering,
  options: CallOptions | undefined,
): Promise<AtomicOutcome> {
  checkCall('atomic: commit', options);
  return await limited('atomic: commit', options, engine.clock, (call) =>
    commitLater(engine, gathering, call),
  );
}

async function commitLater(engine: Engine, gathering: Gathering, call: Call): Promise<AtomicOutcome> {
  const { checks, targets } = gathering.close();
  const cells: (Cell | undefined)[] = [];
  for (const target of targets)
    cells.push(target.context.validates ? await cellLater(target) : cellOf(target));
  call.check();
  if (engine.form === 'sync') {
    const { core } = engine;
    const outcome = await whenFree(engine, () => {
      call.check();
      const guards = checks.map((check) => guardOf(check, check.context.id()));
      const operations = targets.map((target, i) => operationOf(target, target.context.writeId(), cells[i]));
      const reply = core.commit(guards, operations);
      call.accepted = reply.ok;
      return outcomeOf(reply, checks, targets);
    });
    if (outcome.ok && engine.durable !== undefined) await engine.durable(outcome.version);
    return outcome;
  }
  const guards: Guard[] = [];
  for (const check of checks) guards.push(guardOf(check, await check.context.idAsync()));
  const operations: Operation[] = [];
  for (const [i, target] of targets.entries()) {
    operations.push(operationOf(target, await target.context.writeIdAsync(), cells[i]));
  }
  call.check();
  call.pending++;
  try {
    const reply = await engine.core.commit(guards, operations);
    const contexts = new Set(targets.map(({ context }) => context));
    if (reply.ok) for (const { remote } of contexts) remote?.near?.noteCommit(operations, reply.at);
    return outcomeOf(reply, checks, targets);
  } finally {
    call.pending--;
  }
}

function cellOf({ change, context }: Target): Cell | undefined {
  if (change === 'delete') return undefined;
  return 'cell' in change ? change.cell : context.encode(change.value);
}

async function cellLater({ change, context }: Target): Promise<Cell | undefined> {
  if (change === 'delete') return undefined;
  return 'cell' in change ? change.cell : await context.encodeAsync(change.value);
}
