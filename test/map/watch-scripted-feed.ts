// A feed whose delivery is in the hands of the test.
import assert from 'node:assert/strict';
import type { Position } from '../../src/contract/position.ts';
import type { Feed, FeedEvent, Scope, StoredChange } from '../../src/contract/services.ts';
import type { Script } from './watch-fixture.ts';

export class ScriptedFeed implements Feed {
  readonly begin: Promise<Position>;
  readonly #script: Script;
  readonly #scope: Scope;
  readonly #late: boolean;
  readonly #told: number[];
  #at: number;
  #over = false;
  #wake: (() => void) | undefined;

  constructor(script: Script, late: boolean, scope: Scope, from: Position | 'now') {
    if (script.fault !== undefined) throw script.fault;
    this.#script = script;
    this.#late = late;
    this.#scope = scope;
    const begin = from === 'now' ? script.versions : from;
    this.#told = [...begin];
    const first = script.log.findIndex(({ partition, version }) => version > (begin[partition] ?? 0));
    this.#at = first === -1 ? script.log.length : first;
    const ahead = begin.some((version, i) => version > (script.versions[i] ?? 0));
    if (ahead && !late) this.#at = -1;
    const lost = this.#at < script.forgotten;
    this.begin = Promise.resolve([...(lost ? script.versions : begin)]);
    script.feeds.add(this);
  }

  get lag(): number {
    const rest = this.#script.log.slice(this.#at);
    const news = rest.filter(({ partition, version }) => version > (this.#told[partition] ?? 0));
    return news.filter(({ changes }) => changes.some((change) => this.#wants(change))).length;
  }

  take(): FeedEvent | undefined {
    const script = this.#script;
    if (this.#over) return undefined;
    if (script.fault !== undefined) throw script.fault;
    if (this.#at < script.forgotten) {
      this.#over = true;
      return { kind: 'gap' };
    }
    const first = this.#next();
    if (first !== undefined) {
      const partition = script.partition(first.key);
      this.#at++;
      this.#told[partition] = first.version;
      return { kind: 'commit', partition, first };
    }
    if (!this.#hasProgress) return undefined;
    this.#told.splice(0, Infinity, ...this.#position);
    return { kind: 'progress', position: this.#position };
  }

  onReady(wake: () => void): void {
    assert.equal(this.#wake, undefined, 'one reader waits once');
    this.#wake = wake;
    this.wakeIfReady();
  }

  close(): void {
    this.#over = true;
    this.#script.feeds.delete(this);
  }

  wakeIfReady(): void {
    const wake = this.#wake;
    const { fault, forgotten } = this.#script;
    const ready =
      fault !== undefined || this.#at < forgotten || this.#next() !== undefined || this.#hasProgress;
    if (wake === undefined || !ready || this.#over) return;
    this.#wake = undefined;
    queueMicrotask(wake);
  }

  /** The log is so short now. */
  retract(length: number): void {
    this.#at = Math.min(this.#at, length);
  }

  /** The next commit in scope, linked; passes over all others. */
  #next(): StoredChange | undefined {
    for (; ; this.#at++) {
      const commit = this.#script.log[this.#at];
      if (commit === undefined || this.#at >= this.#visible || commit.version > this.#script.horizon) {
        return undefined;
      }
      if (commit.version <= (this.#told[commit.partition] ?? 0)) continue;
      let first: StoredChange | undefined;
      for (const change of commit.changes.toReversed())
        if (this.#wants(change)) first = { ...change, next: first };
      if (first !== undefined) return first;
    }
  }

  get #position(): number[] {
    const shown = this.#script.log.slice(0, this.#visible);
    return this.#told.map((_, i) => shown.findLast(({ partition }) => partition === i)?.version ?? 0);
  }

  get #hasProgress(): boolean {
    return this.#late && this.#position.some((version, i) => version > (this.#told[i] ?? 0));
  }

  get #visible(): number {
    return this.#late ? this.#script.visible : Infinity;
  }

  #wants({ key }: StoredChange): boolean {
    return this.#scope.key === undefined ? key.startsWith(this.#scope.prefix) : key === this.#scope.key;
  }
}
