import { describe, test } from 'node:test';
import fc from 'fast-check';
import { LawfulReader, type LawOptions } from './watch-laws.ts';
import { memorySubject, scriptedSubject, type Batch, type Subject } from './watch-subjects.ts';

type Step =
  | { readonly do: 'commit'; readonly batch: Batch }
  | { readonly do: 'expiring'; readonly key: string }
  | { readonly do: 'clear' | 'pass' }
  | { readonly do: 'stir'; readonly what: number }
  | { readonly do: 'read' | 'restart'; readonly reader: number; readonly count: number };

const key = fc.constantFrom('a', 'aa', 'ab', 'b', 'ba', 'c', 'd', '~a', '~b');
const value = fc.option(fc.nat(99), { nil: undefined, freq: 3 });
const batch = fc.uniqueArray(fc.tuple(key, value), {
  minLength: 1,
  maxLength: 3,
  selector: ([name]) => name,
});
const nat = (max: number): fc.Arbitrary<number> => fc.nat(max);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('commit' as const), batch }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('expiring' as const), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('clear' as const, 'pass' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('stir' as const), what: nat(4) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('read' as const), reader: nat(2), count: nat(6) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('restart' as const), reader: nat(2), count: nat(50) }),
  },
);

const options: fc.Arbitrary<LawOptions> = fc.record({
  prefix: fc.constantFrom('', 'a'),
  queueLimit: fc.constantFrom(1, 3, 1_000),
});

async function run(
  subject: Subject,
  first: 'now' | 'current',
  before: readonly Step[],
  steps: readonly Step[],
  law: LawOptions,
): Promise<void> {
  for (const each of before) await act(subject, [], each);
  const readers = [
    new LawfulReader(subject, first, law),
    new LawfulReader(subject, 'current', law),
    new LawfulReader(subject, 'current', { ...law, queueLimit: 1_000 }),
  ];
  for (const each of steps) await act(subject, readers, each);
  for (const reader of readers) await reader.finish();
  await subject.close();
}

async function act(subject: Subject, readers: readonly LawfulReader[], each: Step): Promise<void> {
  switch (each.do) {
    case 'commit':
      return subject.commit(each.batch);
    case 'expiring':
      return subject.expiring(each.key, 7);
    case 'clear':
      return subject.clear();
    case 'pass':
      return subject.pass();
    case 'stir':
      return subject.stir(each.what);
    case 'read':
      await readers[each.reader]?.read(each.count);
      return undefined;
    case 'restart':
      return readers[each.reader]?.restart(each.count);
  }
}

/** What is taken back before it is durable is nothing that a reader from now hears of. */
const subjects: readonly [name: string, make: () => Subject | Promise<Subject>, first?: 'current'][] = [
  ['an engine that answers at once', () => scriptedSubject({})],
  ['an engine whose commits become durable later', () => scriptedSubject({ durable: true })],
  ['an engine that takes commits back', () => scriptedSubject({ durable: true, takesBack: true }), 'current'],
  ['an engine that answers later', () => scriptedSubject({ form: 'async' })],
  ['an engine of two partitions', () => scriptedSubject({ form: 'async', split: true })],
  ['the engine in memory', () => memorySubject(1_000)],
  ['the engine in memory with a short history', () => memorySubject(10)],
];

describe('Ordered, Unique, Reliable, Atomic, Resumable and Bookmarkable hold', () => {
  for (const [name, make, first = 'now'] of subjects) {
    test(`on ${name}`, async () => {
      const few = fc.array(step, { maxLength: 10 });
      const many = fc.array(step, { maxLength: 60 });
      const property = fc.asyncProperty(few, many, options, async (before, then, law) =>
        run(await make(), first, before, then, law),
      );
      await fc.assert(property, { numRuns: 200 });
    });
  }
});
