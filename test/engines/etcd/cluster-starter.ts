// Starts a server, says so, and waits to be killed.
import { startCluster } from './cluster.ts';

void (async () => {
  const cluster = await startCluster();
  process.send?.({ pid: cluster.pid(0), folder: cluster.folder });
})();
