import { status, type ServiceError } from '@grpc/grpc-js';
import { StoreError, type ErrorCode } from '../../../base/errors.ts';

/** What an error says about the call: whether it was carried out, and what to do. */
export type Verdict =
  /** It was not carried out, and another member may. */
  | 'elsewhere'
  /** It was not carried out, for the token that was sent is not valid (any more). */
  | 'token'
  /** It was not carried out, and will not be. */
  | 'refused'
  /** It may have been carried out. */
  | 'unknown';

/** A refusal that the engine knows how to go on after. */
export type Refusal = 'compacted' | 'lease-gone' | 'lease-exists';

/** A call that was refused for a reason that the engine handles. */
export class Refused extends StoreError {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, cause: unknown) {
    super('UNAVAILABLE', `etcd: ${refusal === 'compacted' ? 'the history that was read is gone' : refusal}`, {
      cause,
    });
    this.refusal = refusal;
  }
}

/** `true` for this refusal. */
export function isRefused(error: unknown, refusal: Refusal): boolean {
  return error instanceof Refused && error.refusal === refusal;
}

const REFUSALS: readonly (readonly [RegExp, Refusal])[] = [
  [/required revision has been compacted/, 'compacted'],
  [/requested lease not found/, 'lease-gone'],
  [/lease already exists/, 'lease-exists'],
];

/** Refusals by what etcd says; all of them come before anything was changed. */
const CODES: readonly (readonly [RegExp, ErrorCode, string])[] = [
  [
    /permission denied|user name is empty|authentication failed|authentication is not enabled/,
    'DENIED',
    'etcd refuses the credentials or the permission',
  ],
  [/database space exceeded/, 'FULL', 'the quota of etcd is used up'],
  [/request is too large|too many operations/, 'LIMIT', 'the request is larger than etcd takes'],
];

const TOKEN = /invalid auth token|revision of auth store is old|token (is|has) expired/;

/** Said before a request is looked at, so that it was not carried out. */
const ELSEWHERE =
  /etcdserver: no leader|too many requests|not supported for learner|No connection established|Name resolution failed/;

/** What an error of a call means. */
export function verdictOf(error: ServiceError): Verdict {
  const { code, details } = error;
  if (TOKEN.test(details)) return 'token';
  if (ELSEWHERE.test(details)) return 'elsewhere';
  if ([...REFUSALS, ...CODES].some(([says]) => says.test(details))) return 'refused';
  const refused =
    code === status.INVALID_ARGUMENT ||
    code === status.PERMISSION_DENIED ||
    code === status.UNAUTHENTICATED ||
    code === status.UNIMPLEMENTED ||
    code === status.FAILED_PRECONDITION ||
    code === status.NOT_FOUND ||
    code === status.OUT_OF_RANGE;
  return refused ? 'refused' : 'unknown';
}

/** The fault of a refused call. */
export function refusalOf(error: ServiceError): StoreError {
  for (const [says, refusal] of REFUSALS)
    if (says.test(error.details)) return new Refused(refusal, causeOf(error));
  for (const [says, code, text] of CODES)
    if (says.test(error.details)) return new StoreError(code, text, { cause: causeOf(error) });
  if (error.code === status.PERMISSION_DENIED || error.code === status.UNAUTHENTICATED)
    return new StoreError('DENIED', 'etcd refuses the credentials or the permission', {
      cause: causeOf(error),
    });
  return new StoreError('IO', `etcd refuses the request: ${error.details}`, { cause: causeOf(error) });
}

/** The error without what was sent beside the call: metadata hold the token. */
export function causeOf(error: ServiceError): Error {
  return new Error(`${status[error.code]}: ${error.details}`);
}
