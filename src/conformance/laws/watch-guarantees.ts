import { parseBookmark } from '../../contract/position.ts';
import assert from 'node:assert/strict';
import { collect, there } from '../assertions.ts';
import { bothFaces, law } from '../fixture.ts';
import type { Law, Trial } from '../fixture.ts';
import { fold, isEntryChange, next, take, untilKey } from '../reading.ts';
import type { EntryChange } from '../reading.ts';
import { workload } from './workload.ts';

/** Runs the workload under a watch and reads all of it: what was made, and what was seen up to a last write. */
async function watched(t: Trial, seed: number): Promise<{ made: string[]; seen: EntryChange<number>[] }> {
  const watch = await t.watch(t.map());
  const made = await workload(t, seed);
  await t.words().set('{t}end', 0);
  const seen = await untilKey(watch, '{t}end');
  return { made, seen: seen.slice(0, -1) };
}

function names(changes: readonly EntryChange<number>[]): string[] {
  return changes.map(({ key, version }) => `${key}@${version}`);
}

/** Changes of one commit: they stand together under one version. */
function groups(changes: readonly EntryChange<number>[]): EntryChange<number>[][] {
  const found: EntryChange<number>[][] = [];
  for (const change of changes) {
    const group = found.at(-1);
    if (group !== undefined && there(group[0]).version === change.version) group.push(change);
    else found.push([change]);
  }
  return found;
}

export const watchGuaranteeLaws: readonly Law[] = [
  bothFaces('Ordered: changes come by version, never an older one after a newer', async (t) => {
    const { seen } = await watched(t, 11);
    let last = 0;
    for (const { version } of seen) {
      assert.ok(version >= last, `${version} after ${last}`);
      last = version;
    }
  }),

  bothFaces('Unique: no change comes twice', async (t) => {
    const { seen } = await watched(t, 12);
    assert.equal(new Set(names(seen)).size, seen.length);
  }),

  bothFaces('Reliable: every change comes, none is left out between others', async (t) => {
    const { made, seen } = await watched(t, 13);
    assert.deepEqual(names(seen).toSorted(), made.toSorted());
    const map = t.words();
    await map.delete('{t}end');
    assert.deepEqual(fold(new Map<string, number>(), seen), new Map(await collect(map)));
  }),

  bothFaces('Atomic: the changes of one commit come together', async (t) => {
    const { seen } = await watched(t, 14);
    const split = groups(seen).map((group) => there(group[0]).version);
    assert.equal(new Set(split).size, split.length, 'a version comes in one piece');
  }),

  bothFaces('Atomic: a commit of several maps comes whole to the watchers of each', async (t) => {
    const [a, b] = [t.words('a'), t.words('b')];
    const [watchA, watchB] = [await t.watch(t.map('a')), await t.watch(t.map('b'))];
    const outcome = await t
      .atomic()
      .set(a, '{t}1', 1)
      .set(b, '{t}1', 1)
      .set(a, '{t}2', 2)
      .set(b, '{t}2', 2)
      .set(b, '{t}3', 3)
      .commit();
    assert.ok(outcome.ok);
    assert.deepEqual(names(await take(watchA, 2)), [`{t}1@${outcome.version}`, `{t}2@${outcome.version}`]);
    assert.equal(new Set((await take(watchB, 3)).map(({ version }) => version)).size, 1);
  }),

  bothFaces('Resumable: from the bookmark of any change, all that came after it comes again', async (t) => {
    const { seen } = await watched(t, 15);
    const all = names(seen);
    const commits = groups(seen);
    for (let at = 0; at < seen.length; at += 7) {
      const watch = await t.watch(t.map(), { start: there(seen[at]).bookmark });
      const rest = names(await untilKey(watch, '{t}end')).slice(0, -1);
      const commit = there(commits.find((group) => group.includes(there(seen[at]))));
      const first = all.length - rest.length;
      assert.deepEqual(rest, all.slice(first), `from change ${at}`);
      // Inside a commit the bookmark may stand before the whole of it, so that it is not split.
      const least = commit.at(-1) === seen[at] ? at + 1 : all.indexOf(names(commit)[0] ?? '');
      assert.ok(first >= least && first <= at + 1, `change ${at} resumed at ${first}`);
      await watch.close();
    }
  }),

  bothFaces(
    'Resumable: again and again from where the last reader stood, nothing is missed or doubled',
    async (t) => {
      const watch = await t.watch(t.map());
      await t.words().set('{t}begin', 0);
      let bookmark = there((await take(watch, 1))[0]).bookmark;
      const made = await workload(t, 17, 40);
      await t.words().set('{t}end', 0);
      const seen: EntryChange<number>[] = [];
      const partition = t.engine.partition?.('{t}') ?? 0;
      for (;;) {
        const reader = await t.watch(t.map(), { start: bookmark });
        // Up to the first change whose bookmark stands behind its whole commit; other partitions move it, too.
        let change: EntryChange<number>;
        do {
          change = there((await take(reader, 1))[0]);
          seen.push(change);
        } while ((parseBookmark(reader.bookmark).position?.[partition] ?? 0) < change.version);
        bookmark = reader.bookmark;
        await reader.close();
        if (there(seen.at(-1)).key === '{t}end') break;
      }
      assert.deepEqual(names(seen.slice(0, -1)).toSorted(), made.toSorted());
    },
  ),

  bothFaces('Resumable: from watch.bookmark, which stands at the last change taken', async (t) => {
    const map = t.words();
    const watch = await t.watch(t.map());
    for (let n = 0; n < 6; n++) await map.set(`{t}${n}`, n);
    const [, , third] = await take(watch, 3);
    assert.equal(watch.bookmark, there(third).bookmark);
    let { bookmark } = watch;
    await watch.close();
    await map.set('{t}6', 6);
    for (const first of [3, 4, 5]) {
      const resumed = await t.watch(t.map(), { start: bookmark });
      const keys = (await take(resumed, 7 - first)).map(({ key }) => key);
      assert.deepEqual(keys, ['{t}3', '{t}4', '{t}5', '{t}6'].slice(first - 3));
      const again = await t.watch(t.map(), { start: bookmark });
      await take(again, 1);
      bookmark = again.bookmark;
    }
  }),

  bothFaces(
    'Resumable: a resumed watch says live after the past, then goes on with the present',
    async (t) => {
      const map = t.words();
      const first = await t.watch(t.map());
      await map.set('{t}a', 1);
      const { bookmark } = there((await take(first, 1))[0]);
      await map.set('{t}b', 2);
      await map.delete('{t}a');
      const watch = await t.watch(t.map(), { start: bookmark });
      const past = [];
      for (let change = await next(watch); change.type !== 'live'; change = await next(watch))
        past.push(change);
      assert.deepEqual(
        past.filter(isEntryChange).map(({ type, key, version }) => [type, key, version > 0]),
        [
          ['insert', '{t}b', true],
          ['delete', '{t}a', true],
        ],
      );
      assert.ok(past.every((change) => !('replay' in change) && change.type !== 'reset'));
      await map.set('{t}c', 3);
      assert.equal(there((await take(watch, 1))[0]).key, '{t}c');
    },
  ),

  law('Bookmarkable: at live and progress, everything up to the bookmark has been delivered', async (t) => {
    const watch = await t.watch(t.map());
    const marks: { bookmark: string; seen: number }[] = [];
    const running = workload(t, 16);
    const seen: EntryChange<number>[] = [];
    void running.then(() => t.words().set('{t}end', 0)).catch(() => watch.close());
    for await (const change of watch) {
      if (change.type === 'progress' || change.type === 'live') marks.push({ ...change, seen: seen.length });
      if (!isEntryChange(change)) continue;
      seen.push(change);
      if (change.key === '{t}end') break;
    }
    await running;
    const all = names(seen);
    assert.ok(marks.length > 0, 'live at least');
    for (const mark of marks) {
      const resumed = await t.watch(t.map(), { start: mark.bookmark });
      assert.deepEqual(names(await untilKey(resumed, '{t}end')), all.slice(mark.seen));
      await resumed.close();
    }
  }),

  law('Bookmarkable: a bookmark of one map’s watch serves a watch of another scope', async (t) => {
    const map = t.map();
    const other = t.map('other');
    const watch = await t.watch(map);
    await map.set('{t}a', 1);
    const { bookmark } = there((await take(watch, 1))[0]);
    await other.set('{t}b', 2);
    await map.set('{t}c', 3);
    const resumed = await t.watch(other, { start: bookmark });
    assert.deepEqual(names(await take(resumed, 1)), [`{t}b@${there(await other.entry('{t}b')).version}`]);
  }),
];
