// The child that is killed: writes as fast as it can and tells its parent what is durable.
import { open } from 'samemap';

async function write(dir: string): Promise<void> {
  const store = await open(dir);
  const map = store.map<number>('written');
  for (let n = 1; process.connected; n++) {
    await map.set(`n${n}`, n);
    process.send?.(n);
  }
  await store.close();
}

await write(process.argv[2] ?? './data');
