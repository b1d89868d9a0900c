import type { AsyncCore } from '../../contract/core.ts';

/** A core that hands every word on, but for those given. */
export function passingCore(core: AsyncCore, words: Partial<AsyncCore>): AsyncCore {
  return {
    get: (...call) => core.get(...call),
    getMany: (...call) => core.getMany(...call),
    write: (...call) => core.write(...call),
    add: (...call) => core.add(...call),
    commit: (...call) => core.commit(...call),
    page: (...call) => core.page(...call),
    count: (...call) => core.count(...call),
    clear: (...call) => core.clear(...call),
    tryLock: (...call) => core.tryLock(...call),
    reserve: (...call) => core.reserve(...call),
    ...words,
  };
}
