import { StoreError } from '../base/errors.ts';
import { checkInteger, checkOptions, show } from '../base/options.ts';
import type { Ttl } from '../contract/calls.ts';
import { ANY } from '../contract/condition.ts';
import type { Cell, CommitReply, Guard, Operation } from '../contract/core.ts';
import type { Engine } from '../contract/engine.ts';
import type { AtomicOutcome } from '../contract/store.ts';
import { contextOf } from './context.ts';
import type { MapContext } from './context.ts';
import { standing } from './phrases/outcomes.ts';
import { checkDefined } from './value-coder.ts';

export interface Check {
  readonly context: MapContext;
  readonly key: string;
  readonly version: number;
}

/** A write in the making; values that pass a validator are encoded by the commit. */
export interface Target {
  readonly context: MapContext;
  readonly key: string;
  readonly change: { readonly cell: Cell } | { readonly value: unknown } | 'delete';
  readonly ttl: Ttl | undefined;
}

/** What an atomic commit gathers, the same for both faces. */
export class Gathering {
  readonly #engine: Engine;
  readonly #checks = new Map<string, Check>();
  readonly #targets = new Map<string, Target>();
  #committed = false;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  check(map: object, key: unknown, version: unknown): void {
    const context = this.#contextOf(map);
    const text = context.encodeKey(key);
    const id = idOf(context, text);
    if (this.#checks.has(id)) throw new TypeError(`atomic: ${nameOf(context, text)} is checked twice`);
    const wanted = isObject(version) ? Reflect.get(version, 'version') : version;
    const checked = checkInteger('atomic: version of a check', wanted, 0);
    if (isObject(version)) checkEntryKey(context, text, version);
    this.#checks.set(id, { context, key: text, version: checked });
  }

  set(
    map: object,
    key: unknown,
    value: unknown,
    options: { readonly ttlMs?: Ttl | undefined } | undefined,
  ): void {
    if (options !== undefined) checkOptions('atomic: set', options, ['ttlMs']);
    const context = this.#contextOf(map);
    const ttl = options?.ttlMs;
    context.expiresAt(ttl);
    checkDefined(context.name, value);
    const text = context.encodeKey(key);
    this.#checkTarget(context, text);
    const change = context.validates ? { value } : { cell: context.encode(value) };
    this.#targets.set(idOf(context, text), { context, key: text, change, ttl });
  }

  delete(map: object, key: unknown): void {
    const context = this.#contextOf(map);
    const text = context.encodeKey(key);
    this.#checkTarget(context, text);
    this.#targets.set(idOf(context, text), { context, key: text, change: 'delete', ttl: undefined });
  }

  /** What can be told of it: the map, if it is only one, and how many checks and writes. */
  get about(): { readonly map: string | undefined; readonly count: number } {
    const all = [...this.#checks.values(), ...this.#targets.values()];
    const names = new Set(all.map(({ context }) => context.name));
    const [map] = names;
    return { map: names.size === 1 ? map : undefined, count: all.length };
  }

  /** Says what is to be committed, once. */
  close(): { readonly checks: readonly Check[]; readonly targets: readonly Target[] } {
    this.#checkOpen();
    const checks = [...this.#checks.values()];
    const targets = [...this.#targets.values()];
    if (checks.length + targets.length === 0) throw new TypeError('atomic: an empty commit means nothing');
    this.#committed = true;
    const most = this.#engine.supports.atomic.operations;
    if (checks.length + targets.length > most) {
      const count = checks.length + targets.length;
      throw new StoreError('LIMIT', `atomic: at most ${most} checks and writes in one commit, got ${count}`);
    }
    checkPartition(this.#engine, [...checks, ...targets]);
    return { checks, targets };
  }

  #contextOf(map: object): MapContext {
    this.#checkOpen();
    const context = contextOf(map);
    if (context.engine === this.#engine) return context;
    throw new TypeError(`atomic: map ${show(context.name)} is of another store`);
  }

  #checkTarget(context: MapContext, key: string): void {
    if (!this.#targets.has(idOf(context, key))) return;
    throw new TypeError(`atomic: ${nameOf(context, key)} is written twice; each key once`);
  }

  #checkOpen(): void {
    if (this.#committed) throw new TypeError('atomic: this commit was already made; begin another');
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** An entry that is checked is of the key that is checked. */
function checkEntryKey(context: MapContext, key: string, entry: object): void {
  if (!('key' in entry)) return;
  const of = context.encodeKey(entry.key);
  if (of !== key)
    throw new TypeError(`atomic: an entry of key ${show(of)} says nothing about key ${show(key)}`);
}

/** @throws StoreError `UNSUPPORTED` naming two keys that do not live together */
function checkPartition(engine: Engine, all: readonly { context: MapContext; key: string }[]): void {
  const { partition } = engine;
  const [first] = all;
  if (partition === undefined || first === undefined) return;
  const other = all.find(({ key }) => partition(key) !== partition(first.key));
  if (other === undefined) return;
  throw new StoreError(
    'UNSUPPORTED',
    `atomic: ${nameOf(first.context, first.key)} and ${nameOf(other.context, other.key)} live in two partitions; ` +
      'a {tag} in both keys keeps them together',
  );
}

export function guardOf({ key, version }: Check, map: number): Guard {
  return { kind: 'version', map, key, version };
}

export function operationOf({ context, key, ttl }: Target, map: number, cell: Cell | undefined): Operation {
  const expiresAt = cell === undefined ? 0 : context.expiresAt(ttl);
  const { shape } = context.format;
  return { map, key, cell, condition: ANY, ifVersion: 0, expiresAt, stamp: undefined, shape };
}

/** What the engine answered, as the caller sees it. Checks come first in what may have failed. */
export function outcomeOf(
  reply: CommitReply,
  checks: readonly Check[],
  targets: readonly Target[],
): AtomicOutcome {
  if (reply.ok) return { ok: true, version: reply.at };
  const failed = checks[reply.failed] ?? targets[reply.failed - checks.length];
  if (failed === undefined) throw new StoreError('CORRUPT', 'the engine refused a commit without saying why');
  const { context, key } = failed;
  return {
    ok: false,
    map: context.name,
    key: context.decodeKey(key),
    current: standing(context, reply.current),
  };
}

function idOf(context: MapContext, key: string): string {
  return `${context.name}\0${key}`;
}

function nameOf(context: MapContext, key: string): string {
  return `key ${show(key)} of map ${show(context.name)}`;
}
