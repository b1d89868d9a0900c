import type { Position } from '../../contract/position.ts';

/**
 * What a near copy knows before its feed does: the versions of writes that were acknowledged to this handle, and
 * of answers that the store gave it. The feed may not take a key back behind them.
 */
export class OwnWrites {
  readonly #partitionOf: (key: string) => number;
  readonly #versions = new Map<string, number>();

  constructor(partitionOf: (key: string) => number) {
    this.#partitionOf = partitionOf;
  }

  get size(): number {
    return this.#versions.size;
  }

  /** The version behind which a key may not fall; 0 for any. */
  of(key: string): number {
    return this.#versions.size === 0 ? 0 : (this.#versions.get(key) ?? 0);
  }

  /** Notes the version of a key, unless the feed has reached it. */
  note(key: string, version: number, reached: Position): void {
    if (version > (reached[this.#partitionOf(key)] ?? 0)) this.#versions.set(key, version);
  }

  /** Forgets what the feed has reached. */
  passed(reached: Position): void {
    for (const [key, version] of this.#versions) {
      if (version > (reached[this.#partitionOf(key)] ?? 0)) break; // they come nearly in order
      this.#versions.delete(key);
    }
  }

  /** What the feed must reach before a copy with these writes in it is of one version per partition. */
  head(reached: Position): Position {
    const head = [...reached];
    for (const [key, version] of this.#versions) {
      const partition = this.#partitionOf(key);
      head[partition] = Math.max(head[partition] ?? 0, version);
    }
    return head;
  }

  clear(): void {
    this.#versions.clear();
  }
}
