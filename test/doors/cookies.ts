// What the tests of sessions share: a map to keep them in, and a browser that sends back the cookies it was given.
import type { TestContext } from 'node:test';
import { manualClock, type ManualClock } from '../../src/conformance/manual-clock.ts';
import { open, type Store, type VersionedMap } from '../../src/index.ts';
import type { StoredSession } from '../../src/doors/session/sessions.ts';

/** A map for sessions, in a store of its own, and a server's visitors. */
export interface Site<Sessions> extends Shelf {
  readonly sessions: Sessions;
  readonly visitor: () => Visitor;
}

interface Shelf {
  readonly map: VersionedMap<StoredSession>;
  readonly store: Store;
  readonly clock: ManualClock;
}

export async function shelf(t: TestContext): Promise<Shelf> {
  const clock = manualClock();
  const store = await open('memory:', { clock });
  t.after(() => store.close());
  return { map: store.map<StoredSession>('sessions'), store, clock };
}

/** What a server answered. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** The cookie that was set with it, if any. */
  readonly cookie: string | undefined;
}

export class Visitor {
  #cookie: string | undefined;
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  async visit(path: string): Promise<Answer> {
    const headers = this.#cookie === undefined ? {} : { cookie: this.#cookie };
    const response = await fetch(this.#origin + path, { headers });
    const set = response.headers.getSetCookie()[0];
    if (set !== undefined) this.#cookie = set.split(';')[0];
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, body: json ? JSON.parse(text) : text, cookie: set };
  }
}
