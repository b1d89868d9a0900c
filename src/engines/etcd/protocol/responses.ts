// Made by scripts/generate-protocol.mjs of etcd.proto; change that, not this.
import type { Reader } from './reader.ts';

const NONE: Buffer = Buffer.alloc(0);

export interface RangeResponse {
  readonly header: ResponseHeader | undefined;
  readonly kvs: readonly KeyValue[];
  readonly more: boolean;
  readonly count: number;
}

export function readRangeResponse(r: Reader): RangeResponse {
  let header: ResponseHeader | undefined;
  const kvs: KeyValue[] = [];
  let more: boolean = false;
  let count: number = 0;
  while (r.more) {
    const tag = r.varint();
    switch (tag) {
      case 10:
        header = r.part(readResponseHeader);
        break;
      case 18:
        kvs.push(r.part(readKeyValue));
        break;
      case 24:
        more = r.varint() !== 0;
        break;
      case 32:
        count = r.int64();
        break;
      default:
        r.skip(tag);
    }
  }
  return { header, kvs, more, count };
}

export interface ResponseHeader {
  readonly clusterId: number;
  readonly revision: number;
}

export function readResponseHeader(r: Reader): ResponseHeader {
  let clusterId: number = 0;
  let revision: number = 0;
  while (r.more) {
    const tag = r.varint();
    switch (tag) {
      case 8:
        clusterId = r.varint();
        break;
      case 24:
        revision = r.int64();
        break;
      default:
        r.skip(tag);
    }
  }
  return { clusterId, revision };
}

export interface KeyValue {
  readonly key: Buffer;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly value: Buffer;
  readonly lease: number;
}

export function readKeyValue(r: Reader): KeyValue {
  let key: Buffer = NONE;
  let createRevision: number = 0;
  let modRevision: number = 0;
  let value: Buffer = NONE;
  let lease: number = 0;
  while (r.more) {
    const tag = r.varint();
    switch (tag) {
      case 10:
        key = r.bytes();
        break;
      case 16:
        createRevision = r.int64();
        break;
      case 24:
        modRevision = r.int64();
        break;
      case 42:
        value = r.bytes();
        break;
      case 48:
        lease = r.int64();
        break;
      default:
        r.skip(tag);
    }
  }
  return { key, createRevision, modRevision, value, lease };
}

export interface PutResponse {
  readonly header: ResponseHeader | undefined;
}

export function readPutResponse(r: Reader): PutResponse {
  let header: ResponseHeader | undefined;
  while (r.more) {
    const tag = r.varint();
    switch (tag) {
      case 10:
        header = r.part(readResponseHeader);
        break;
      default:
        r.skip(tag);
    }
  }
  return { header };
}

export interface TxnResponse {
  readonly header: ResponseHeader | undefined;
  readonly succeeded: boolean;
  readonly responses: readonly ResponseOp[];
}

export function readTxnResponse(r: Reader): TxnResponse {
  let header: ResponseHeader | undefined;
  let succeeded: boolean = false;
  const responses: ResponseOp[] = [];
  while (r.more) {
    const tag = r.varint();
    switch (tag) {
      case 10:
        header = r.part(readResponseHeader);
        break;
      case 16:
        succeeded = r.varint() !== 0;
        break;
      case 26:
        responses.push(r.part(readResponseOp));
        break;
      default:
        r.skip(tag);
    }
  }
  return { header, succeeded, responses };
}

export interface ResponseOp {
  readonly responseRange: RangeResponse | undefined;
  readonly responseDeleteRange: DeleteRangeResponse | undefined;
}

export function readResponseOp(r: Reader): ResponseOp {
  let responseRange: RangeResponse | undefined;
  let responseDeleteRange: DeleteRangeResponse | undefined;
  while (r.more) {
    const tag = r.varint();
    switch (tag) {
      case 10:
        responseRange = r.part(readRangeResponse);
        break;
      case 26:
        responseDeleteRange = r.part(readDeleteRangeResponse);
        break;
      default:
        r.skip(tag);
    }
  }
  return { responseRange, responseDeleteRange };
}

export interface DeleteRangeResponse {
  readonly deleted: number;
  readonly prevKvs: readonly KeyValue[];
}

export function readDeleteRangeResponse(r: Reader): DeleteRangeResponse {
  let deleted: number = 0;
  const prevKvs: KeyValue[] = [];
  while (r.more) {
    const tag = r.varint();
    switch (tag) {
      case 16:
        deleted = r.int64();
        break;
      case 26:
        prevKvs.push(r.part(readKeyValue));
        break;
      default:
        r.skip(tag);
    }
  }
  return { deleted, prevKvs };
}

/** A message without content that is in use. */
export type CompactionResponse = Readonly<Record<string, never>>;

export function readCompactionResponse(): CompactionResponse {
  return {};
}

export interface WatchResponse {
  readonly header: ResponseHeader | undefined;
  readonly watchId: number;
  readonly created: boolean;
  readonly canceled: boolean;
  readonly compactRevision: number;
  readonly cancelReason: string;
  readonly fragment: boolean;
  readonly events: readonly Event[];
}

export function readWatchResponse(r: Reader): WatchResponse {
  let header: ResponseHeader | undefined;
  let watchId: number = 0;
  let created: boolean = false;
  let canceled: boolean = false;
  let compactRevision: number = 0;
  let cancelReason: string = '';
  let fragment: boolean = false;
  const events: Event[] = [];
  while (r.more) {
    const tag = r.varint();
    switch (tag) {
      case 10:
        header = r.part(readResponseHeader);
        break;
      case 16:
        watchId = r.int64();
        break;
      case 24:
        created = r.varint() !== 0;
        break;
      case 32:
        canceled = r.varint() !== 0;
        break;
      case 40:
        compactRevision = r.int64();
        break;
      case 50:
        cancelReason = r.text();
        break;
      case 56:
        fragment = r.varint() !== 0;
        break;
      case 90:
        events.push(r.part(readEvent));
        break;
      default:
        r.skip(tag);
    }
  }
  return { header, watchId, created, canceled, compactRevision, cancelReason, fragment, events };
}

export interface Event {
  readonly type: number;
  readonly kv: KeyValue | undefined;
  readonly prevKv: KeyValue | undefined;
}

export function readEvent(r: Reader): Event {
  let type: number = 0;
  let kv: KeyValue | undefined;
  let prevKv: KeyValue | undefined;
  while (r.more) {
    const tag = r.varint();
    switch (tag) {
      case 8:
        type = r.int64();
        break;
      case 18:
        kv = r.part(readKeyValue);
        break;
      case 26:
        prevKv = r.part(readKeyValue);
        break;
      default:
        r.skip(tag);
    }
  }
  return { type, kv, prevKv };
}

export interface LeaseGrantResponse {
  readonly ttl: number;
}

export function readLeaseGrantResponse(r: Reader): LeaseGrantResponse {
  let ttl: number = 0;
  while (r.more) {
    const tag = r.varint();
    switch (tag) {
      case 24:
        ttl = r.int64();
        break;
      default:
        r.skip(tag);
    }
  }
  return { ttl };
}

/** A message without content that is in use. */
export type LeaseRevokeResponse = Readonly<Record<string, never>>;

export function readLeaseRevokeResponse(): LeaseRevokeResponse {
  return {};
}

export interface LeaseKeepAliveResponse {
  readonly id: number;
  readonly ttl: number;
}

export function readLeaseKeepAliveResponse(r: Reader): LeaseKeepAliveResponse {
  let id: number = 0;
  let ttl: number = 0;
  while (r.more) {
    const tag = r.varint();
    switch (tag) {
      case 16:
        id = r.int64();
        break;
      case 24:
        ttl = r.int64();
        break;
      default:
        r.skip(tag);
    }
  }
  return { id, ttl };
}

export interface AuthenticateResponse {
  readonly token: string;
}

export function readAuthenticateResponse(r: Reader): AuthenticateResponse {
  let token: string = '';
  while (r.more) {
    const tag = r.varint();
    switch (tag) {
      case 18:
        token = r.text();
        break;
      default:
        r.skip(tag);
    }
  }
  return { token };
}

export interface StatusResponse {
  readonly version: string;
  readonly dbSize: number;
  readonly dbSizeInUse: number;
}

export function readStatusResponse(r: Reader): StatusResponse {
  let version: string = '';
  let dbSize: number = 0;
  let dbSizeInUse: number = 0;
  while (r.more) {
    const tag = r.varint();
    switch (tag) {
      case 18:
        version = r.text();
        break;
      case 24:
        dbSize = r.int64();
        break;
      case 72:
        dbSizeInUse = r.int64();
        break;
      default:
        r.skip(tag);
    }
  }
  return { version, dbSize, dbSizeInUse };
}
