import { formatBookmark, type Position } from '../contract/position.ts';

/** How far a reader of changes has come: for each partition, the version up to which it has all. */
export class Reached {
  readonly #lineage: string;
  readonly #versions: number[];
  #bookmark: string | undefined;

  constructor(lineage: string, from: Position) {
    this.#lineage = lineage;
    this.#versions = [...from];
  }

  /** A whole commit has been delivered. */
  pass(partition: number, version: number): void {
    this.#versions[partition] = version;
    this.#bookmark = undefined;
  }

  /** Everything up to there has been delivered; partitions that are further stay where they are. */
  advance(position: Position): void {
    for (const [partition, version] of this.#versions.entries()) {
      this.#versions[partition] = Math.max(version, position[partition] ?? 0);
    }
    this.#bookmark = undefined;
  }

  /** The version reached, for each partition, as it is now. */
  get position(): Position {
    return this.#versions;
  }

  covers(position: Position): boolean {
    return this.#versions.every((version, partition) => version >= (position[partition] ?? 0));
  }

  /** From where on a reader that stands here has to go on. */
  get bookmark(): string {
    return (this.#bookmark ??= formatBookmark(this.#lineage, this.#versions));
  }
}
