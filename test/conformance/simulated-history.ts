// Random histories of a register that keeps the law, and ways to break them.
import type { HistoryOperation } from '../../src/conformance/history.ts';

/** A small seeded generator of numbers from 0 up to 1 (xorshift). */
export function seeded(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

export interface Simulation {
  readonly random: () => number;
  readonly clients: number;
  readonly calls: number;
  readonly keys: number;
  /** How many answers are falsified, or tried to be. */
  readonly damage: number;
  /** `true`: only histories for which the fast checker promises an exact verdict. */
  readonly exact: boolean;
}

interface Register {
  value: unknown;
  version: number;
  expires: boolean;
}

/** A call under way: it takes effect at one step and returns at a later one. */
interface Call {
  readonly fields: HistoryOperation;
  effect: HistoryOperation | undefined;
}

/** Runs clients against registers, step by step, and returns what they saw. */
export function simulate(simulation: Simulation): HistoryOperation[] {
  const { random, clients, calls, keys, exact } = simulation;
  const pick = (n: number): number => Math.floor(random() * n);
  const registers = Array.from({ length: keys }, (): Register => ({
    value: undefined,
    version: 0,
    expires: false,
  }));
  const active: (Call | undefined)[] = Array.from({ length: clients }, () => undefined);
  /** Calls of unknown outcome that may still take effect. */
  const adrift: HistoryOperation[] = [];
  const operations: HistoryOperation[] = [];
  /** The version of each register that an answer told last. */
  const told: (number | undefined)[] = [];
  let place = 0;
  let version = 0;
  let asked = 0;

  const ask = (process: number): HistoryOperation => {
    const register = pick(keys);
    const kinds = exact
      ? (['read', 'read', 'write', 'write', 'delete'] as const)
      : (['read', 'write', 'delete', 'add'] as const);
    const kind = kinds[pick(kinds.length)] ?? 'read';
    const changing = kind === 'write' || kind === 'delete';
    const current = (exact ? told[register] : registers[register]?.version) ?? 0;
    const over =
      !changing || random() < 0.5
        ? undefined
        : random() < 0.7
          ? current
          : exact || random() < 0.5
            ? 0
            : 'present';
    asked++;
    return {
      process,
      key: `k${register}`,
      kind,
      invoke: ++place,
      return: Infinity,
      result: 'done',
      value: kind !== 'write' ? undefined : keys > 1 ? asked : pick(3),
      version: undefined,
      at: undefined,
      over: kind === 'delete' && over === 0 ? 'present' : over,
      delta: kind === 'add' ? 1 : undefined,
      expires: kind === 'write' && random() < 0.1,
    };
  };

  const perform = (call: HistoryOperation): HistoryOperation => {
    const register = registers[Number(call.key.slice(1))] ?? { value: undefined, version: 0, expires: false };
    if (register.expires && random() < 0.3)
      Object.assign(register, { value: undefined, version: 0, expires: false });
    if (random() < 0.2) version++;
    const standing = { value: register.value, version: register.version, at: version };
    if (call.kind === 'read') return { ...call, ...standing };
    const present = register.value !== undefined;
    const held =
      call.over === undefined || (call.over === 'present' ? present : call.over === register.version);
    if (!held) return { ...call, ...standing, result: 'refused' };
    if (call.kind === 'delete' && !present) return { ...call, ...standing, kind: 'read', over: undefined };
    const removed = register.version;
    const removedValue = register.value;
    version++;
    if (call.kind === 'delete') {
      Object.assign(register, { value: undefined, version: 0, expires: false });
      return { ...call, value: removedValue, version, at: version, over: removed };
    }
    const value = call.kind === 'add' ? Number(register.value ?? 0) + 1 : call.value;
    const expires = call.kind === 'add' ? register.expires : call.expires;
    Object.assign(register, { value, version, expires });
    return { ...call, value, version, at: version, expires };
  };

  const mayBeUnknown = (call: HistoryOperation): boolean =>
    call.kind !== 'read' &&
    (!exact ||
      (call.kind === 'write' && !call.expires && call.over !== 0 && call.over !== 'present') ||
      (call.kind === 'delete' && typeof call.over === 'number'));

  for (let steps = 0; operations.length < calls && steps < calls * 100; steps++) {
    if (adrift.length > 0 && random() < 0.1)
      perform(adrift.splice(pick(adrift.length), 1)[0] as HistoryOperation);
    const process = pick(clients);
    const call = active[process];
    if (call === undefined) active[process] = { fields: ask(process), effect: undefined };
    else if (mayBeUnknown(call.fields) && random() < 0.03) {
      if (call.effect === undefined && random() < 0.5) adrift.push(call.fields);
      operations.push({ ...call.fields, result: 'unknown' });
      active[process] = undefined;
    } else if (call.effect === undefined) call.effect = perform(call.fields);
    else {
      operations.push({ ...call.effect, return: ++place });
      told[Number(call.effect.key.slice(1))] = call.effect.kind === 'delete' ? 0 : call.effect.version;
      active[process] = undefined;
    }
  }
  for (const call of active)
    if (call?.effect !== undefined) operations.push({ ...call.effect, return: ++place });
  const shown = exact
    ? operations
    : operations.map((operation) =>
        random() < 0.2 && operation.kind === 'read' && operation.value === undefined
          ? { ...operation, at: undefined }
          : operation,
      );
  let spoilt = shown;
  for (let i = 0; i < simulation.damage; i++) spoilt = falsify(spoilt, pick);
  return spoilt;
}

/** Changes one answer. */
function falsify(operations: readonly HistoryOperation[], pick: (n: number) => number): HistoryOperation[] {
  const chosen = pick(operations.length);
  const victim = operations[chosen];
  const other = operations[pick(operations.length)];
  if (victim === undefined || other === undefined || victim.result === 'unknown') return [...operations];
  const lies: Partial<HistoryOperation>[] = [
    { invoke: victim.invoke + pick(9), return: victim.return + 9 },
    { invoke: victim.invoke - 9, return: Math.max(victim.invoke - 8, victim.return - pick(9)) },
    ...(victim.kind === 'read' && other.kind !== 'delete' && other.result === 'done'
      ? [{ value: other.value, version: other.version, at: Math.max(victim.at ?? 0, other.at ?? 0) }]
      : []),
    ...(victim.version !== undefined && victim.value !== undefined
      ? [{ version: victim.version + 1, at: (victim.at ?? 0) + 1 }]
      : []),
    ...(victim.at !== undefined && victim.kind === 'read' ? [{ at: victim.at + 3 }] : []),
    ...(victim.over !== undefined ? [{ over: victim.kind === 'delete' ? 1 + pick(5) : pick(6) }] : []),
  ];
  return operations.with(chosen, { ...victim, ...lies[pick(lies.length)] });
}
