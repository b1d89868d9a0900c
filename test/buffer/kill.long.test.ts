// The kills of `kill.test.ts`, 2,000 of them, in parts that tell how far it has come.
import { test } from 'node:test';
import { killOften } from './kill.ts';

const PARTS = 20;

for (let part = 1; part <= PARTS; part++) {
  test(`nothing accepted is lost by 2,000 kills of 2 buffers each: part ${part} of ${PARTS}`, async (t) => {
    const [log, lmdb] = await Promise.all([killOften('log', 50, 2), killOften('lmdb', 50, 2)]);
    t.diagnostic(
      `${log.accepted + lmdb.accepted} writes accepted, ${log.again + lmdb.again} delivered again`,
    );
  });
}
