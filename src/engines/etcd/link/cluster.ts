import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { StoreError } from '../../../base/errors.ts';
import type { EtcdSettings } from '../options.ts';
import type { Method } from '../protocol/method.ts';
import { authenticate } from '../protocol/methods.ts';
import type { ResponseHeader } from '../protocol/responses.ts';
import { Endpoint, type Stream } from './endpoint.ts';
import { causeOf, refusalOf, verdictOf } from './errors.ts';

/**
 * How often a call may be sent: `once`, where doing it twice would do harm, or `again`, until it is
 * answered.
 */
export type Sending = 'once' | 'again';

/** Listens to what every answer says beside its content. */
export interface HeaderListener {
  /** @param floor - a revision that the cluster had reached when the call was sent */
  header(header: ResponseHeader, floor: number): void;
}

/** How long to wait before all members are tried once more. */
const ROUND_MS = 100;

/**
 * The members of a cluster, one of which is spoken to until it fails. Every call has a deadline; what is sent
 * again goes to the next member.
 */
export class Cluster {
  readonly #settings: EtcdSettings;
  readonly #endpoints: readonly Endpoint[];
  #current = 0;
  #metadata = new Metadata();
  #renewing: Promise<void> | undefined;
  #closed = false;
  #calls = 0;
  #idle: (() => void) | undefined;
  /** The highest revision that was heard of. */
  revision = 0;
  /** Told of every answer. */
  listener: HeaderListener | undefined;

  constructor(settings: EtcdSettings) {
    this.#settings = settings;
    this.#endpoints = settings.hosts.map((host) => new Endpoint(host, settings.tls));
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The member that is spoken to. */
  get host(): string {
    return this.#endpoint.host;
  }

  /**
   * One call.
   *
   * @param doubt - told when the call was sent again after one whose outcome is not known
   * @throws StoreError `UNAVAILABLE` when it was not sent, or only reads; `UNKNOWN_OUTCOME` when it may have been
   *   carried out; what etcd refuses; `CLOSED`
   */
  async call<Request, Response extends object>(
    method: Method<Request, Response>,
    request: Request,
    sending: Sending | 'read',
    doubt?: () => void,
  ): Promise<Response> {
    const { deadlineMs, attemptMs, auth } = this.#settings;
    const until = Date.now() + deadlineMs;
    const floor = this.revision;
    let doubtful = false;
    let last: ServiceError | undefined;
    let renewals = 0;
    for (let tries = 0; ; tries++) {
      if (this.#closed) throw new StoreError('CLOSED', 'the store was closed');
      const now = Date.now();
      if (now >= until) throw this.#late(sending, doubtful, deadlineMs, last);
      const attemptUntil = sending === 'once' ? until : Math.min(until, now + attemptMs);
      const endpoint = this.#endpoint;
      const ready = endpoint.ready(Math.min(until, now + attemptMs));
      if (ready !== true && !(await ready)) {
        await this.#turnAway(endpoint, tries);
        continue;
      }
      try {
        if (auth !== undefined && method.path !== authenticate.path && renewals === 0 && !this.#hasToken)
          await this.#renew();
        this.#calls++;
        const response = await endpoint
          .call(method, request, this.#metadata, attemptUntil)
          .finally(() => this.#ended());
        this.#hear(response, floor);
        return response;
      } catch (error) {
        if (!isServiceError(error)) throw error;
        last = error;
        const verdict = verdictOf(error);
        if (verdict === 'refused') throw refusalOf(error);
        if (verdict === 'token') {
          if (auth === undefined || ++renewals > 2) throw refusalOf(error);
          await this.#renew();
          continue;
        }
        if (verdict === 'unknown') {
          if (sending === 'once') throw unknownOutcome(endpoint.host, error);
          doubtful = true;
          if (sending === 'again') doubt?.();
        }
        await this.#turnAway(endpoint, tries);
      }
    }
  }

  /** Resolves when no call is under way. */
  idle(): Promise<void> {
    if (this.#calls === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#idle = resolve));
  }

  /** Opens a stream to the member that is spoken to, once it is connected; `undefined` when that fails. */
  async open<Request, Response>(
    method: Method<Request, Response>,
    leader: boolean,
  ): Promise<Stream<Request, Response> | undefined> {
    const endpoint = this.#endpoint;
    const ready = await endpoint.ready(Date.now() + this.#settings.attemptMs);
    if (this.#closed) return undefined;
    if (!ready) {
      this.turnFrom(endpoint.host);
      return undefined;
    }
    if (this.#settings.auth !== undefined && !this.#hasToken) await this.#renew();
    const metadata = this.#metadata.clone();
    // A member that loses its leader ends the stream, instead of going silent.
    if (leader) metadata.set('hasleader', 'true');
    return endpoint.open(method, metadata);
  }

  /** Forgets the token, so that the next call gets another one. */
  forgetToken(): void {
    this.#metadata = new Metadata();
  }

  /** Goes on to the next member, unless somebody did so already. */
  turnFrom(host: string): void {
    if (this.#endpoint.host === host) this.#current = (this.#current + 1) % this.#endpoints.length;
  }

  close(): void {
    this.#closed = true;
    for (const endpoint of this.#endpoints) endpoint.close();
  }

  get #endpoint(): Endpoint {
    // SAFETY: there is one endpoint at least, and the index is taken modulo their number.
    return this.#endpoints[this.#current] as Endpoint;
  }

  get #hasToken(): boolean {
    return this.#metadata.get('token').length > 0;
  }

  #hear(response: object, floor: number): void {
    const header = (response as { readonly header?: ResponseHeader | undefined }).header;
    if (header === undefined) return;
    if (header.revision > this.revision) this.revision = header.revision;
    this.listener?.header(header, floor);
  }

  async #turnAway(endpoint: Endpoint, tries: number): Promise<void> {
    this.turnFrom(endpoint.host);
    if ((tries + 1) % this.#endpoints.length === 0) await pause(ROUND_MS * (0.5 + Math.random()));
  }

  #ended(): void {
    if (--this.#calls > 0) return;
    this.#idle?.();
    this.#idle = undefined;
  }

  /** Gets a token; all calls that want one wait for the same. */
  #renew(): Promise<void> {
    this.#renewing ??= this.#authenticate().finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  async #authenticate(): Promise<void> {
    const { auth } = this.#settings;
    if (auth === undefined) return;
    this.#metadata = new Metadata();
    const { token } = await this.call(authenticate, { name: auth.user, password: auth.password }, 'read');
    const metadata = new Metadata();
    metadata.set('token', token);
    this.#metadata = metadata;
  }

  #late(
    sending: Sending | 'read',
    doubtful: boolean,
    deadlineMs: number,
    last: ServiceError | undefined,
  ): StoreError {
    const tried = this.#endpoints.map(({ host }) => host).join(', ');
    const cause = last === undefined ? undefined : causeOf(last);
    if (doubtful && sending === 'again')
      return new StoreError(
        'UNKNOWN_OUTCOME',
        `etcd did not answer within ${deadlineMs} ms, tried ${tried}`,
        { cause },
      );
    return new StoreError('UNAVAILABLE', `etcd cannot be reached, tried ${tried} for ${deadlineMs} ms`, {
      cause,
    });
  }
}

function unknownOutcome(host: string, error: ServiceError): StoreError {
  return new StoreError('UNKNOWN_OUTCOME', `etcd at ${host} took the request and did not answer`, {
    cause: causeOf(error),
  });
}

function isServiceError(error: unknown): error is ServiceError {
  return (
    error instanceof Error &&
    typeof Reflect.get(error, 'code') === 'number' &&
    Reflect.get(error, 'code') in status
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
