import { StoreError } from '../../../base/errors.ts';
import type { ByteRange } from '../layout.ts';
import type { Cluster } from '../link/cluster.ts';
import type { Stream } from '../link/endpoint.ts';
import { watch } from '../protocol/methods.ts';
import type { WatchRequest } from '../protocol/requests.ts';
import type { Event, WatchResponse } from '../protocol/responses.ts';

/** What is told of a range. */
export interface RangeListener {
  /** The server knows of the range. */
  created(): void;
  /** Whole revisions, in order, each once. */
  events(events: readonly Event[]): void;
  /** Everything up to this revision has been told. */
  progress(revision: number): void;
  /** What comes next is compacted away: nothing more is told. */
  compacted(): void;
  /** The server refuses: nothing more is told. */
  refused(error: StoreError): void;
}

/** One range that is watched. */
export interface Watcher {
  id: number;
  readonly range: ByteRange;
  readonly listener: RangeListener;
  /** The first revision that was not told. */
  next: number;
  created: boolean;
  /** The revision with which the server was asked to begin. */
  begins: number;
  /** When its member is expected to have found what it missed, in milliseconds since the epoch; 0: it missed nothing. */
  syncedAt: number;
  /** Events of an answer that comes in pieces. */
  pieces: Event[];
}

/** The lowest number of a range; what servers say of a range that they do not name is below it. */
const FIRST_ID = 1;

/** How long to wait before connecting again, in milliseconds. */
const AGAIN_MS = 50;
const LONGEST_MS = 1_000;

/** How long a request for progress may remain without an answer, before the stream is begun again. */
const PROGRESS_MS = 10_000;

/** How long a member may take to find what a new range missed: it looks every 100 ms. */
const SYNC_MS = 120;

/** The longest that a request for progress is held back by new ranges. */
const HELD_MS = 1_000;

/**
 * All ranges that are watched, on one stream. It is begun again, at the next member, whenever it ends; each range then
 * goes on behind the last revision that was told.
 *
 * INVARIANT: a range is told of a revision once, and never of one that is not above all that were told before.
 */
export class WatchStream {
  readonly #cluster: Cluster;
  readonly #watchers = new Map<number, Watcher>();
  #nextId = FIRST_ID;
  #stream: Stream<WatchRequest, WatchResponse> | undefined;
  #host = '';
  #connecting = false;
  #failures = 0;
  #closed = false;
  /** Ranges that the answer to a request for progress is about. */
  #asked: Set<Watcher> | undefined;
  #impatient: NodeJS.Timeout | undefined;
  /** Since when a request for progress has been held back. */
  #heldSince: number | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** How often the stream was begun. */
  begun = 0;

  get size(): number {
    return this.#watchers.size;
  }

  /** Watches a range from behind a revision. */
  add(range: ByteRange, after: number, listener: RangeListener): Watcher {
    const watcher: Watcher = {
      id: this.#nextId++,
      range,
      listener,
      next: after + 1,
      created: false,
      begins: 0,
      syncedAt: 0,
      pieces: [],
    };
    this.#watchers.set(watcher.id, watcher);
    if (this.#stream === undefined) void this.#connect();
    else this.#create(watcher);
    return watcher;
  }

  /** Ends a range; nothing more is told of it. */
  remove(watcher: Watcher): void {
    if (!this.#watchers.delete(watcher.id)) return;
    this.#asked?.delete(watcher);
    if (this.#watchers.size === 0) this.#drop();
    else this.#stream?.write({ cancelRequest: { watchId: watcher.id } });
  }

  /**
   * Asks how far the member has come; told as progress to the ranges that it knew when it was asked. Of servers on
   * which such an answer cannot overtake events.
   */
  askProgress(): void {
    if (this.#asked !== undefined || this.#stream === undefined) return;
    const { revision } = this.#cluster;
    for (const watcher of this.#watchers.values())
      if (watcher.created && watcher.begins > revision && revision > 0) this.#bringBack(watcher);
    const asked = [...this.#watchers.values()].filter(({ created }) => created);
    if (asked.length === 0 || !this.#mayAsk()) return;
    this.#asked = new Set(asked);
    this.#stream.write({ progressRequest: {} });
    this.#impatient = setTimeout(() => this.#again(), PROGRESS_MS);
    this.#impatient.unref();
  }

  /**
   * A member passes over a request for progress, without a word, while a range of the stream is behind; a new one is until
   * its next round. What keeps coming holds others up for a while only.
   */
  #mayAsk(): boolean {
    const now = Date.now();
    const young = [...this.#watchers.values()].some(({ created, syncedAt }) => !created || now < syncedAt);
    if (!young) this.#heldSince = undefined;
    else this.#heldSince ??= now;
    if (this.#heldSince !== undefined && now - this.#heldSince < HELD_MS) return false;
    this.#heldSince = undefined;
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#watchers.clear();
    this.#drop();
  }

  async #connect(): Promise<void> {
    if (this.#connecting) return;
    this.#connecting = true;
    try {
      while (!this.#closed && this.#stream === undefined && this.#watchers.size > 0) {
        const { host } = this.#cluster;
        const stream = await this.#cluster.open(watch, true).catch((error: unknown) => this.#refuse(error));
        if (stream === undefined) {
          this.#cluster.turnFrom(host);
          await this.#pause();
        } else if (this.#closed || this.#watchers.size === 0) cancel(stream);
        else this.#begin(stream, host);
      }
    } finally {
      this.#connecting = false;
    }
  }

  /** Credentials that are refused are no reason to try on. */
  #refuse(error: unknown): undefined {
    if (error instanceof StoreError && error.code === 'DENIED')
      this.#tellAll((listener) => listener.refused(error));
    return undefined;
  }

  #begin(stream: Stream<WatchRequest, WatchResponse>, host: string): void {
    this.#stream = stream;
    this.#host = host;
    this.begun++;
    stream.on('data', (answer: WatchResponse) => {
      if (this.#stream === stream) this.#take(answer);
    });
    const ended = (error?: unknown): void => {
      if (this.#stream !== stream) return;
      if (error instanceof Error && /auth token|auth store/.test(error.message)) this.#cluster.forgetToken();
      this.#again();
    };
    stream.on('error', ended);
    stream.on('end', () => ended());
    for (const watcher of this.#watchers.values()) this.#create(watcher);
  }

  #create(watcher: Watcher, begins: number = watcher.next): void {
    watcher.created = false;
    watcher.begins = begins;
    watcher.pieces = [];
    this.#stream?.write({
      createRequest: {
        key: watcher.range.key,
        rangeEnd: watcher.range.end,
        startRevision: begins,
        watchId: watcher.id,
        progressNotify: true,
        prevKv: true,
        fragment: true,
      },
    });
  }

  /**
   * A member says nothing about its progress while a range of the stream begins behind its newest revision: such a range is
   * begun once more, with what it was told last, under another number, so that what comes under the old one is not heard.
   */
  #bringBack(watcher: Watcher): void {
    this.#watchers.delete(watcher.id);
    this.#stream?.write({ cancelRequest: { watchId: watcher.id } });
    watcher.id = this.#nextId++;
    this.#watchers.set(watcher.id, watcher);
    this.#create(watcher, this.#cluster.revision);
  }

  /** Begins anew, at another member. */
  #again(): void {
    this.#drop();
    this.#cluster.turnFrom(this.#host);
    void this.#pause().then(() => this.#connect());
  }

  #drop(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    this.#asked = undefined;
    clearTimeout(this.#impatient);
    if (stream !== undefined) cancel(stream);
  }

  #take(answer: WatchResponse): void {
    this.#failures = 0;
    const revision = answer.header?.revision ?? 0;
    const watcher = this.#watchers.get(answer.watchId);
    if (watcher === undefined) {
      // That a range has ended which was removed here is no news.
      if (answer.canceled && answer.watchId < FIRST_ID) this.#refuseCreation(answer);
      else if (answer.watchId === -1) this.#broadcast(revision);
      return;
    }
    if (answer.canceled) {
      this.#cancelled(watcher, answer);
      return;
    }
    if (answer.created) {
      watcher.created = true;
      watcher.syncedAt = watcher.begins > revision ? 0 : Date.now() + SYNC_MS;
      watcher.listener.created();
      return;
    }
    if (answer.events.length > 0) watcher.pieces.push(...answer.events);
    if (answer.fragment) return;
    const events = watcher.pieces;
    watcher.pieces = [];
    if (events.length === 0) this.#progress(watcher, revision);
    else this.#tell(watcher, events);
  }

  /** After a restart, and by old servers, events may come twice. */
  #tell(watcher: Watcher, events: readonly Event[]): void {
    const fresh = events.filter(({ kv }) => kv !== undefined && kv.modRevision >= watcher.next);
    const last = fresh.at(-1)?.kv?.modRevision;
    if (last === undefined) return;
    watcher.next = last + 1;
    if (last > this.#cluster.revision) this.#cluster.revision = last;
    watcher.listener.events(fresh);
  }

  #progress(watcher: Watcher, revision: number): void {
    // A member that is behind has nothing to say about what comes.
    if (revision < watcher.next - 1 || revision === 0) return;
    watcher.next = revision + 1;
    watcher.listener.progress(revision);
  }

  #broadcast(revision: number): void {
    const asked = this.#asked;
    this.#asked = undefined;
    clearTimeout(this.#impatient);
    for (const watcher of asked ?? []) this.#progress(watcher, revision);
  }

  #cancelled(watcher: Watcher, { compactRevision, cancelReason }: WatchResponse): void {
    if (compactRevision > 0) {
      this.#watchers.delete(watcher.id);
      watcher.listener.compacted();
    } else if (/permission denied/.test(cancelReason)) {
      this.#watchers.delete(watcher.id);
      watcher.listener.refused(denied());
    } else this.#again();
  }

  /** Of a creation that was refused some servers do not say which one. */
  #refuseCreation({ cancelReason }: WatchResponse): void {
    if (!/permission denied/.test(cancelReason)) {
      this.#again();
      return;
    }
    for (const watcher of [...this.#watchers.values()].filter(({ created }) => !created)) {
      this.#watchers.delete(watcher.id);
      watcher.listener.refused(denied());
    }
  }

  #tellAll(tell: (listener: RangeListener) => void): void {
    for (const watcher of this.#watchers.values()) {
      this.#watchers.delete(watcher.id);
      tell(watcher.listener);
    }
  }

  async #pause(): Promise<void> {
    const ms = Math.min(LONGEST_MS, AGAIN_MS * 2 ** this.#failures++) * (0.5 + Math.random());
    await new Promise<void>((resolve) => setTimeout(resolve, ms).unref());
  }
}

function denied(): StoreError {
  return new StoreError('DENIED', 'etcd does not allow to watch these keys');
}

/** Ends a stream; what it says then is of no interest. */
function cancel(stream: Stream<WatchRequest, WatchResponse>): void {
  stream.on('error', () => undefined);
  stream.cancel();
}
