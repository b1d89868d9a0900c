import { deferred } from '../base/deferred.ts';

/** A load that several callers wait for. */
interface Flight<T> {
  readonly result: Promise<T>;
  readonly abort: AbortController;
  callers: number;
  settled: boolean;
}

/**
 * Loads of which there is one at a time for each key, shared by all who ask meanwhile: until the first of
 * them has done its work with the result and left. When the last caller leaves a load that is still under
 * way, it is told to stop.
 */
export class Flights<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /** Number of loads under way. */
  get size(): number {
    return this.#flights.size;
  }

  /** Joins the load of the key, beginning it if there is none. Call `leave` when waiting is over. */
  join(key: string, load: (signal: AbortSignal) => Promise<T>): { result: Promise<T>; leave: () => void } {
    const flight = this.#flights.get(key) ?? this.#begin(key, load);
    flight.callers++;
    let joined = true;
    const leave = (): void => {
      if (!joined) return;
      joined = false;
      flight.callers--;
      if (!flight.settled && flight.callers > 0) return;
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
      if (!flight.settled) flight.abort.abort();
    };
    return { result: flight.result, leave };
  }

  /** Ends all loads: callers reject with `reason`, loaders see it in their signal. */
  end(reason: Error): void {
    const flights = [...this.#flights.values()];
    this.#flights.clear();
    for (const { abort } of flights) abort.abort(reason);
  }

  #begin(key: string, load: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const abort = new AbortController();
    const { promise, resolve, reject } = deferred<T>();
    const flight: Flight<T> = { result: promise, abort, callers: 0, settled: false };
    this.#flights.set(key, flight);
    abort.signal.addEventListener('abort', () => reject(abort.signal.reason));
    // Whoever waits sees the failure; with nobody left there is nobody to tell.
    promise.catch(() => undefined);
    load(abort.signal).then(
      (value) => {
        flight.settled = true;
        resolve(value);
      },
      (error: unknown) => {
        flight.settled = true;
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
        reject(error);
      },
    );
    return flight;
  }
}
