import type { Feed } from '../contract/services.ts';

/** A feed whose engine takes a while to begin it. */
export function lateFeed(coming: Promise<Feed>): Feed {
  let feed: Feed | undefined;
  let closed = false;
  coming.then(
    (arrived) => {
      feed = arrived;
      if (closed) arrived.close();
    },
    () => undefined,
  );
  const begin = coming.then((arrived) => arrived.begin);
  begin.catch(() => undefined);
  return {
    begin,
    take: () => feed?.take(),
    onReady(wake) {
      if (feed !== undefined) feed.onReady(wake);
      else coming.then(wake, () => undefined);
    },
    get lag() {
      return feed?.lag ?? 0;
    },
    close() {
      closed = true;
      feed?.close();
    },
  };
}
