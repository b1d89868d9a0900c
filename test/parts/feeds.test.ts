// Feeds against a list of all commits: nothing lost, nothing twice, no commit split, no gap made up.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Feed, Scope } from '../../src/contract/services.ts';
import { Feeds } from '../../src/parts/feeds.ts';

interface Commit {
  readonly version: number;
  readonly changes: readonly { readonly map: number; readonly key: string }[];
}

const all: Scope = { map: 1, key: undefined, prefix: '', previous: false };
const only = (key: string): Scope => ({ ...all, key });

/** Feeds that are told of commits with versions of their own. */
function begin(limit: number, horizon = Infinity) {
  const feeds = new Feeds(limit, horizon);
  let version = 0;
  return {
    feeds,
    get version() {
      return version;
    },
    commit(...changes: readonly { readonly map: number; readonly key: string }[]): Commit {
      version++;
      if (!feeds.recording) return { version, changes };
      for (const { map, key } of changes) {
        const entry = { key, value: version, version, expiresAt: 0, shape: 2 };
        const before = { key, value: version - 1, version: version - 1, shape: 1 };
        if (version % 2 === 0) feeds.append('update', map, entry, before, version);
        else feeds.add('update', map, entry, version, before.value, before.shape);
      }
      feeds.seal(version);
      return { version, changes };
    },
    retract(after: number) {
      feeds.retract(after);
      version = after;
    },
    open: (scope: Scope, from: readonly number[] | 'now' = 'now') => feeds.open(scope, from, version),
  };
}

/** Takes one event: a commit as `version:keys`, another one by its name. */
function takeOne(feed: Feed): string | undefined {
  const event = feed.take();
  if (event === undefined || event.kind === 'gap') return event?.kind;
  if (event.kind === 'progress') return `progress ${event.position.join()}`;
  const keys: string[] = [];
  for (let change: typeof event.first | undefined = event.first; change !== undefined; change = change.next) {
    assert.equal(change.version, event.first.version);
    assert.equal(change.value, change.version);
    keys.push(change.key);
  }
  return `${event.first.version}:${keys.join('+')}`;
}

function drain(feed: Feed): string[] {
  const events: string[] = [];
  for (let event = takeOne(feed); event !== undefined; event = takeOne(feed)) events.push(event);
  return events;
}

const scope = fc.record({
  map: fc.integer({ min: 1, max: 2 }),
  key: fc.constantFrom(undefined, undefined, undefined, 'a', 'ab'),
  prefix: fc.constantFrom('', '', 'a'),
  previous: fc.boolean(),
});
const change = fc.record({
  map: fc.integer({ min: 1, max: 2 }),
  key: fc.constantFrom('a', 'ab', 'b', 'c'),
});
/** Changes of a map that nobody watches: they drive others out of the history. */
const foreign = fc.nat(12).map((n) => Array.from({ length: n + 1 }, (_, i) => ({ map: 3, key: String(i) })));
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      commit: fc.uniqueArray(change, {
        selector: ({ map, key }) => `${map}${key}`,
        minLength: 1,
        maxLength: 4,
      }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ commit: foreign }) },
  {
    weight: 2,
    arbitrary: fc.record({
      open: scope,
      back: fc.option(fc.integer({ min: -1, max: 8 }), { nil: undefined }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ take: fc.nat(5), times: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ close: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ durable: fc.nat(12) }) },
  { weight: 2, arbitrary: fc.record({ retract: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ reset: fc.boolean() }) },
);

/** One feed and what it has to deliver. */
interface Reader {
  readonly feed: Feed;
  readonly scope: Scope;
  waiting: Commit[];
  told: number;
  gap: boolean;
  over: boolean;
}

test('every feed delivers exactly the durable commits in its scope, in order, or says that there is a gap', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 10 }), (steps, limit) => {
      let horizon = 0;
      const store = begin(limit, horizon);
      let commits: Commit[] = [];
      let floor: number | undefined;
      const readers: Reader[] = [];
      const scoped = ({ version, changes }: Commit, { map, key, prefix }: Scope): Commit => ({
        version,
        changes: changes.filter(
          (change) =>
            change.map === map && (key === undefined ? change.key.startsWith(prefix) : change.key === key),
        ),
      });
      const size = (list: readonly Commit[]): number =>
        list.reduce((sum, { changes }) => sum + changes.length, 0);
      const offer = (reader: Reader, commit: Commit): void => {
        const part = scoped(commit, reader.scope);
        if (reader.over || reader.gap || part.changes.length === 0) return;
        reader.waiting.push(part);
        if (size(reader.waiting) > limit) reader.gap = true;
      };
      const expected = (reader: Reader): string | undefined => {
        if (reader.over) return undefined;
        if (reader.gap) {
          reader.over = true;
          return 'gap';
        }
        const [next] = reader.waiting;
        if (next !== undefined && next.version <= horizon) {
          reader.waiting.shift();
          reader.told = next.version;
          return `${next.version}:${next.changes.map(({ key }) => key).join('+')}`;
        }
        const reached = Math.min(horizon, store.version);
        if (reached <= reader.told) return undefined;
        reader.told = reached;
        return `progress ${reached}`;
      };
      for (const one of steps) {
        if ('commit' in one) {
          const commit = store.commit(...one.commit);
          if (floor === undefined) continue;
          commits.push(commit);
          while (size(commits) > limit) {
            // Whole commits fall out of what can be resumed from, however little of them was forgotten.
            floor = Math.max(floor, commits[0]?.version ?? 0);
            const [first, ...rest] = commits;
            const kept = first?.changes.slice(1) ?? [];
            commits = kept.length > 0 ? [{ version: first?.version ?? 0, changes: kept }, ...rest] : rest;
          }
          for (const reader of readers) offer(reader, commit);
        } else if ('open' in one) {
          const { version } = store;
          floor ??= version;
          const from = one.back === undefined ? version : version - one.back;
          const feed = store.open(one.open, one.back === undefined ? 'now' : [from]);
          const known = from >= floor && from <= version;
          const reader: Reader = { feed, scope: one.open, waiting: [], told: from, gap: !known, over: false };
          for (const commit of commits) if (commit.version > from) offer(reader, commit);
          readers.push(reader);
        } else if ('take' in one) {
          const reader = readers[one.take];
          for (let i = 0; i < one.times && reader !== undefined; i++) {
            assert.equal(reader.feed.lag, reader.over || reader.gap ? 0 : reader.waiting.length);
            assert.equal(takeOne(reader.feed), expected(reader));
          }
        } else if ('close' in one) {
          const reader = readers[one.close];
          reader?.feed.close();
          if (reader !== undefined) reader.over = true;
        } else if ('durable' in one) {
          horizon = Math.min(store.version, horizon + one.durable);
          store.feeds.advance(horizon);
        } else if ('retract' in one) {
          if (floor !== undefined && horizon < floor) continue;
          store.retract(horizon);
          commits = commits.filter(({ version }) => version <= horizon);
          for (const reader of readers) {
            reader.waiting = reader.waiting.filter(({ version }) => version <= horizon);
          }
        } else {
          store.feeds.reset(store.version);
          horizon = store.version;
          store.feeds.advance(horizon);
          if (floor !== undefined) floor = store.version;
          commits = [];
          for (const reader of readers) reader.gap = !reader.over;
        }
      }
      horizon = store.version;
      store.feeds.advance(horizon);
      for (const reader of readers) {
        for (let event = expected(reader); event !== undefined; event = expected(reader)) {
          assert.equal(takeOne(reader.feed), event);
        }
        assert.equal(takeOne(reader.feed), undefined);
      }
    }),
    { numRuns: 1000 },
  );
});

test('nothing is recorded before the first feed, and everything of the store from then on', async () => {
  const store = begin(100);
  assert.equal(store.feeds.recording, false);
  const first = store.open(only('a'));
  assert.equal(store.feeds.recording, true);
  assert.deepEqual(await first.begin, [0]);
  first.close();
  store.commit({ map: 1, key: 'b' });
  store.commit({ map: 2, key: 'b' });
  assert.deepEqual(drain(store.open({ ...all, map: 2 }, [0])), ['2:b']);
});

test('previous values are there for those who asked only', () => {
  const store = begin(100);
  const feeds = [store.open(all), store.open({ ...all, previous: true })];
  store.commit({ map: 1, key: 'a' });
  feeds.push(store.open(all, [0]), store.open({ ...all, previous: true }, [0]));
  const previous = feeds.map((feed) => {
    const event = feed.take();
    return event?.kind === 'commit' ? [event.first.previous, event.first.previousShape] : event;
  });
  assert.deepEqual(previous, [
    [undefined, 0],
    [0, 1],
    [undefined, 0],
    [0, 1],
  ]);
});

test('a reader is woken once, outside the write, when there is something in its scope', async () => {
  const store = begin(100);
  const woken: string[] = [];
  const feed = store.open(only('a'));
  feed.onReady(() => woken.push('a'));
  store.open(only('b')).onReady(() => woken.push('b'));
  store.open({ ...all, prefix: 'a' }).onReady(() => woken.push('a*'));
  store.commit({ map: 1, key: 'a' });
  store.commit({ map: 1, key: 'a' });
  assert.equal(woken.length, 0);
  await Promise.resolve();
  assert.deepEqual(woken.toSorted(), ['a', 'a*']);
  feed.onReady(() => woken.push('again'));
  await Promise.resolve();
  assert.equal(woken.at(-1), 'again');
});

test('a commit that is not durable wakes nobody until it is', async () => {
  const store = begin(100, 0);
  const feed = store.open(all);
  let woken = 0;
  feed.onReady(() => woken++);
  store.commit({ map: 1, key: 'a' });
  await Promise.resolve();
  assert.equal(woken, 0);
  assert.equal(feed.take(), undefined);
  store.feeds.advance(1);
  await Promise.resolve();
  assert.equal(woken, 1);
  assert.deepEqual(drain(feed), ['1:a']);
});

test('a reader is woken for each commit that becomes durable, whenever it began to wait', async () => {
  for (const scope of [all, only('a')]) {
    const store = begin(100, 0);
    const feed = store.open(scope);
    for (let i = 0; i < 3; i++) store.commit({ map: 1, key: 'a' });
    const heard: string[] = [];
    const look = (): void => {
      heard.push(...drain(feed));
      feed.onReady(look);
    };
    look();
    for (const horizon of [1, 2, 3]) {
      store.feeds.advance(horizon);
      await Promise.resolve();
      assert.deepEqual(heard, ['1:a', '2:a', '3:a'].slice(0, horizon));
    }
  }
});

test('a reader that resumed keeps what it has not read, however much is written to other maps', () => {
  const store = begin(10);
  const others = (count: number): void => {
    for (let i = 0; i < count; i++) store.commit({ map: 3, key: 'x' });
  };
  store.open(all).close();
  others(5);
  const { version } = store.commit({ map: 1, key: 'a' });
  others(6);
  const feed = store.open(all, [version - 1]);
  others(20);
  assert.deepEqual(drain(feed), [`${version}:a`, `progress ${store.version}`]);
});

test('commits that did not come to pass are told to nobody, and those that take their numbers are', () => {
  const store = begin(10, 0);
  const feeds = [only('a'), { ...all, prefix: 'a' }, all].map((scope) => store.open(scope));
  store.commit({ map: 1, key: 'a' });
  store.feeds.advance(1);
  store.commit({ map: 1, key: 'a' });
  store.commit({ map: 1, key: 'a' }, { map: 1, key: 'ab' });
  store.retract(1);
  for (const feed of feeds) assert.equal(feed.lag, 1);
  store.commit({ map: 1, key: 'a' });
  store.feeds.advance(2);
  for (const feed of feeds) {
    assert.deepEqual(drain(feed), ['1:a', '2:a']);
    assert.equal(feed.lag, 0);
  }
  assert.deepEqual(drain(store.open(all, [1])), ['2:a']);
});

test('commits that did not come to pass are taken back, also when the history has forgotten all before them', () => {
  const store = begin(10, 0);
  const feed = store.open({ ...all, prefix: 'a' });
  store.commit({ map: 1, key: 'b' });
  store.feeds.advance(1);
  store.commit(...Array.from({ length: 10 }, (_, i) => ({ map: 3, key: String(i) })));
  store.retract(1);
  store.commit({ map: 1, key: 'a' });
  store.feeds.advance(2);
  assert.deepEqual(drain(feed), ['2:a']);
});

test('a reader of a quiet key does not fall behind and hears of progress before its bookmark is too old', async () => {
  const store = begin(20);
  const feed = store.open(only('quiet'));
  const heard: string[] = [];
  const look = (): void => {
    heard.push(...drain(feed));
    feed.onReady(look);
  };
  feed.onReady(look);
  for (let i = 0; i < 500; i++) {
    store.commit({ map: 1, key: 'busy' });
    await Promise.resolve();
    const [, position = '0'] = heard.at(-1)?.split(' ') ?? [];
    assert.ok(store.version - Number(position) < 20, `told ${position} at ${store.version}`);
  }
  assert.ok(heard.length < 60, `${heard.length} times`);
  store.commit({ map: 1, key: 'quiet' });
  await Promise.resolve();
  assert.equal(heard.at(-1), '501:quiet');
});

test('a commit larger than any queue is a gap for those who want all of it, and whole for the others', () => {
  const store = begin(10);
  const [wide, narrow] = [store.open(all), store.open(only('7'))];
  store.commit(...Array.from({ length: 50 }, (_, i) => ({ map: 1, key: String(i) })));
  assert.deepEqual(drain(wide), ['gap']);
  assert.deepEqual(drain(narrow), ['1:7']);
});

test('each reader is woken on its own, so that one that throws does not keep another asleep', (t) => {
  const tasks: (() => void)[] = [];
  t.mock.method(globalThis, 'queueMicrotask', (run: () => void) => tasks.push(run));
  const store = begin(10);
  const woken: string[] = [];
  for (const name of ['a', 'b']) store.open(all).onReady(() => woken.push(name));
  store.commit({ map: 1, key: 'a' });
  assert.equal(tasks.length, 2);
  tasks[1]?.();
  assert.equal(woken.length, 1);
});

test('closing ends every feed, wakes its reader once, and keeps nothing', async () => {
  const store = begin(10);
  const feed = store.open(all);
  let woken = 0;
  const look = (): void => {
    woken++;
    assert.equal(feed.take(), undefined);
    feed.onReady(look);
  };
  feed.onReady(look);
  store.feeds.close();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(woken, 1);
  assert.equal(store.feeds.size, 0);
  assert.equal(store.feeds.historySize, 0);
});

test('a reader that took the durable part of what waits is woken for the rest', async () => {
  const store = begin(10, 0);
  const feed = store.feeds.open(all, 'now', 0);
  store.commit({ map: 1, key: 'a' });
  store.commit({ map: 1, key: 'b' });
  store.feeds.advance(1);
  assert.equal(feed.take()?.kind, 'commit');
  assert.equal(feed.take(), undefined);
  const woken = new Promise<string>((resolve) => feed.onReady(() => resolve('woken')));
  store.feeds.advance(2);
  assert.equal(await Promise.race([woken, new Promise((resolve) => setImmediate(resolve))]), 'woken');
});
