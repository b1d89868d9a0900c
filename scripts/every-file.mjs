// A reporter for Node's test runner that fails the run when a chosen file did not run, or ran without a single
// test: a file that is empty or ends the process before its first test would otherwise count as passed.
import path from 'node:path';

export default async function* everyFile(events) {
  const chosen = (process.env['SAMEMAP_TEST_FILES'] ?? '')
    .split(path.delimiter)
    .map((file) => path.resolve(file));
  const unseen = new Set(chosen);
  const silent = [];
  for await (const { type, data } of events) {
    // The runner reports the end of each file under the file's name, and a file without tests as one test.
    const file = data.nesting === 0 && data.name !== undefined ? path.resolve(data.name) : '';
    if (!chosen.includes(file)) continue;
    if (type === 'test:complete') unseen.delete(file);
    if (type === 'test:pass') silent.push(file);
  }
  for (const file of unseen) yield `did not run: ${file}\n`;
  for (const file of silent) yield `no test in: ${file}\n`;
  if (unseen.size + silent.length > 0) process.exitCode = 1;
}
