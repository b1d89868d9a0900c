// Notes that stay: a program of one page over a log.
//
//   node dist/examples/notes.js add "buy milk"
//   node dist/examples/notes.js list
//   node dist/examples/notes.js done <key>
import { open } from 'samemap';

interface Note {
  readonly text: string;
  readonly at: string;
}

const [word = 'list', ...rest] = process.argv.slice(2);
const store = await open(process.env['NOTES'] ?? './data/notes', { waitMs: 5_000 });
try {
  const notes = store.map<Note>('notes');
  if (word === 'add') {
    const key = await notes.nextKey();
    await notes.set(key, { text: rest.join(' '), at: new Date().toISOString() });
    console.log(key);
  } else if (word === 'done') {
    const note = await notes.take(rest[0] ?? '');
    console.log(note === undefined ? 'no such note' : `done: ${note.value.text}`);
  } else {
    for await (const { key, value } of notes.list()) console.log(`${key}  ${value.at}  ${value.text}`);
  }
} finally {
  await store.close();
}
