import { SOMETHING, type HistoryOperation } from './history.ts';

/**
 * Looks for an order of all operations, key by key, in which each of them is right when done alone:
 * the classic search of Wing, Gong and Lowe. Works without versions, so it serves for what the faces
 * answer; takes exponential time at worst, so it serves for small histories only.
 *
 * @param operations - up to a few dozen for each key, from the time when the keys were absent
 * @returns `true` when there is such an order for each key
 *
 * @example
 * ```ts
 * import { createHistory, searchLinearization } from 'samemap/conformance';
 * const history = createHistory();
 * if (!searchLinearization(history.operations())) throw new Error('not linearizable');
 * ```
 */
export function searchLinearization(operations: readonly HistoryOperation[]): boolean {
  const keys = new Set(operations.map((operation) => operation.key));
  return [...keys].every((key) => searchKey(operations.filter((operation) => operation.key === key)));
}

/** What stands at the key while the search goes on. */
interface Standing {
  /** `undefined`: absent. */
  readonly value: unknown;
  /** `undefined` while no answer told the version of what stands. */
  readonly version: number | undefined;
  /** The next version is above this one. */
  readonly above: number;
  /** It stands from this version on, or from a later one. */
  readonly since: number;
  readonly expires: boolean;
}

function searchKey(operations: readonly HistoryOperation[]): boolean {
  const values: unknown[] = [];
  const numberOf = (value: unknown): number => {
    const known = values.findIndex((other) => Object.is(other, value));
    return known >= 0 ? known : values.push(value) - 1;
  };
  const seen = new Set<string>();
  const search = (left: ReadonlySet<HistoryOperation>, standing: Standing): boolean => {
    const answered = [...left].filter((operation) => operation.result !== 'unknown');
    if (answered.length === 0) return true;
    const mark = [...left].map((operation) => operations.indexOf(operation)).join(',');
    const { value, version, above, since, expires } = standing;
    const state = `${numberOf(value)} ${version} ${above} ${since} ${expires}`;
    if (seen.has(`${mark}|${state}`)) return false;
    seen.add(`${mark}|${state}`);
    const firstReturn = Math.min(...answered.map((operation) => operation.return));
    for (const operation of left) {
      if (operation.invoke > firstReturn) continue;
      const rest = new Set(left);
      rest.delete(operation);
      for (const before of possible(standing)) {
        const after = step(operation, before);
        if (after !== undefined && search(rest, after)) return true;
      }
    }
    return false;
  };
  return search(new Set(operations), { value: undefined, version: 0, above: 0, since: 0, expires: false });
}

/** The state, and the one after its expiry. */
function possible(standing: Standing): Standing[] {
  if (!standing.expires) return [standing];
  return [
    standing,
    {
      ...standing,
      value: undefined,
      version: 0,
      since: Math.max(standing.since, standing.above),
      expires: false,
    },
  ];
}

/** The state after an operation; `undefined` when its answer is wrong here. */
function step(operation: HistoryOperation, standing: Standing): Standing | undefined {
  if (operation.kind === 'read' || operation.result === 'refused') {
    const told = read(operation, standing);
    return told !== undefined && mayRefuse(operation, told) ? told : undefined;
  }
  const known = learn(operation, standing);
  if (known === undefined) return undefined;
  const { kind, version, value, delta, expires, result } = operation;
  if (version !== undefined && result === 'done' && version <= known.above) return undefined;
  const own = result === 'done' ? version : undefined;
  const above = own ?? known.above;
  const since = own ?? known.above + 1;
  const wrong = kind === 'delete' && value !== undefined && !Object.is(value, known.value);
  if (wrong) return undefined;
  if (kind === 'delete') return { value: undefined, version: 0, above, since, expires: false };
  if (kind === 'write') return { value, version: own, above, since, expires };
  const sum = Number(known.value ?? 0) + (delta ?? 0);
  if (result === 'done' && !Object.is(sum, value)) return undefined;
  const lasting = result === 'done' || known.value === undefined ? expires : known.expires;
  return { value: sum, version: own, above, since, expires: lasting };
}

/** `true` unless what stands is what the operation asked for. */
function mayRefuse(operation: HistoryOperation, standing: Standing): boolean {
  const { over, result } = operation;
  if (result !== 'refused' || over === undefined) return true;
  const present = standing.value !== undefined;
  if (over === 'present') return !present;
  return over === 0 ? present : !present || standing.version !== over;
}

/** Decides a condition that held; it tells the version of what stands, if nobody did before. */
function learn({ over }: HistoryOperation, standing: Standing): Standing | undefined {
  if (over === undefined) return standing;
  const present = standing.value !== undefined;
  if (typeof over === 'number' && over !== 0) return present ? tell(standing, over) : undefined;
  return present === (over === 'present') ? standing : undefined;
}

function tell(standing: Standing, version: number): Standing | undefined {
  if (standing.version !== undefined) return standing.version === version ? standing : undefined;
  return version > standing.above ? { ...standing, version, above: version, since: version } : undefined;
}

/** What an answer about the state tells of it; `undefined` when it is wrong. */
function read(operation: HistoryOperation, standing: Standing): Standing | undefined {
  const { value, version, at } = operation;
  if (value === SOMETHING ? standing.value === undefined : !Object.is(value, standing.value))
    return undefined;
  const told = value === undefined || version === undefined ? standing : tell(standing, version);
  if (told === undefined) return undefined;
  if (at !== undefined && at < told.since) return undefined;
  return { ...told, above: Math.max(told.above, at ?? 0) };
}
