import { deferred } from '../base/deferred.ts';

/** A load that several callers wait for. */
interface Flight<T> {
  readonly result: Promise<T>;
  readonly abort: AbortController;
  callers: number;
}

/**
 * Loads of which there is one at a time for each key, shared by all who ask meanwhile. When the last
 * caller has left, the load is told to stop and the next caller begins a new one.
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
      if (flight.callers > 0 || this.#flights.get(key) !== flight) return;
      this.#flights.delete(key);
      flight.abort.abort();
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
    const flight: Flight<T> = { result: promise, abort, callers: 0 };
    this.#flights.set(key, flight);
    abort.signal.addEventListener('abort', () => reject(abort.signal.reason));
    // Whoever waits sees the failure; with nobody left there is nobody to tell.
    promise.catch(() => undefined);
    const over = (): void => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    load(abort.signal).then(
      (value) => {
        over();
        resolve(value);
      },
      (error: unknown) => {
        over();
        reject(error);
      },
    );
    return flight;
  }
}
