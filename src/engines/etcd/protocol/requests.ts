// Made by scripts/generate-protocol.mjs of etcd.proto; change that, not this.
import type { Writer } from './writer.ts';

export interface RangeRequest {
  readonly key?: Uint8Array | undefined;
  readonly rangeEnd?: Uint8Array | undefined;
  readonly limit?: number | undefined;
  readonly revision?: number | undefined;
  readonly sortOrder?: number | undefined;
  readonly sortTarget?: number | undefined;
  readonly keysOnly?: boolean | undefined;
  readonly countOnly?: boolean | undefined;
  readonly maxCreateRevision?: number | undefined;
}

export function writeRangeRequest(w: Writer, m: RangeRequest): void {
  if (m.maxCreateRevision !== undefined && m.maxCreateRevision !== 0) {
    w.varint(m.maxCreateRevision);
    w.varint(104);
  }
  if (m.countOnly !== undefined && m.countOnly !== false) {
    w.varint(1);
    w.varint(72);
  }
  if (m.keysOnly !== undefined && m.keysOnly !== false) {
    w.varint(1);
    w.varint(64);
  }
  if (m.sortTarget !== undefined && m.sortTarget !== 0) {
    w.varint(m.sortTarget);
    w.varint(48);
  }
  if (m.sortOrder !== undefined && m.sortOrder !== 0) {
    w.varint(m.sortOrder);
    w.varint(40);
  }
  if (m.revision !== undefined && m.revision !== 0) {
    w.varint(m.revision);
    w.varint(32);
  }
  if (m.limit !== undefined && m.limit !== 0) {
    w.varint(m.limit);
    w.varint(24);
  }
  if (m.rangeEnd !== undefined) {
    const end = w.length;
    w.bytes(m.rangeEnd);
    w.varint(w.length - end);
    w.varint(18);
  }
  if (m.key !== undefined) {
    const end = w.length;
    w.bytes(m.key);
    w.varint(w.length - end);
    w.varint(10);
  }
}

export interface PutRequest {
  readonly key?: Uint8Array | undefined;
  readonly value?: Uint8Array | undefined;
  readonly lease?: number | undefined;
}

export function writePutRequest(w: Writer, m: PutRequest): void {
  if (m.lease !== undefined && m.lease !== 0) {
    w.varint(m.lease);
    w.varint(24);
  }
  if (m.value !== undefined) {
    const end = w.length;
    w.bytes(m.value);
    w.varint(w.length - end);
    w.varint(18);
  }
  if (m.key !== undefined) {
    const end = w.length;
    w.bytes(m.key);
    w.varint(w.length - end);
    w.varint(10);
  }
}

export interface TxnRequest {
  readonly compare?: readonly Compare[] | undefined;
  readonly success?: readonly RequestOp[] | undefined;
  readonly failure?: readonly RequestOp[] | undefined;
}

export function writeTxnRequest(w: Writer, m: TxnRequest): void {
  for (let i = (m.failure?.length ?? 0) - 1; i >= 0; i--) {
    const item = m.failure?.[i];
    if (item === undefined) continue;
    const end = w.length;
    writeRequestOp(w, item);
    w.varint(w.length - end);
    w.varint(26);
  }
  for (let i = (m.success?.length ?? 0) - 1; i >= 0; i--) {
    const item = m.success?.[i];
    if (item === undefined) continue;
    const end = w.length;
    writeRequestOp(w, item);
    w.varint(w.length - end);
    w.varint(18);
  }
  for (let i = (m.compare?.length ?? 0) - 1; i >= 0; i--) {
    const item = m.compare?.[i];
    if (item === undefined) continue;
    const end = w.length;
    writeCompare(w, item);
    w.varint(w.length - end);
    w.varint(10);
  }
}

export interface Compare {
  readonly result?: number | undefined;
  readonly target?: number | undefined;
  readonly key?: Uint8Array | undefined;
  readonly createRevision?: number | undefined;
  readonly modRevision?: number | undefined;
  readonly lease?: number | undefined;
  readonly rangeEnd?: Uint8Array | undefined;
}

export function writeCompare(w: Writer, m: Compare): void {
  if (m.rangeEnd !== undefined) {
    const end = w.length;
    w.bytes(m.rangeEnd);
    w.varint(w.length - end);
    w.varint(514);
  }
  if (m.lease !== undefined && m.lease !== 0) {
    w.varint(m.lease);
    w.varint(64);
  }
  if (m.modRevision !== undefined && m.modRevision !== 0) {
    w.varint(m.modRevision);
    w.varint(48);
  }
  if (m.createRevision !== undefined && m.createRevision !== 0) {
    w.varint(m.createRevision);
    w.varint(40);
  }
  if (m.key !== undefined) {
    const end = w.length;
    w.bytes(m.key);
    w.varint(w.length - end);
    w.varint(26);
  }
  if (m.target !== undefined && m.target !== 0) {
    w.varint(m.target);
    w.varint(16);
  }
  if (m.result !== undefined && m.result !== 0) {
    w.varint(m.result);
    w.varint(8);
  }
}

export interface RequestOp {
  readonly requestRange?: RangeRequest | undefined;
  readonly requestPut?: PutRequest | undefined;
  readonly requestDeleteRange?: DeleteRangeRequest | undefined;
  readonly requestTxn?: TxnRequest | undefined;
}

export function writeRequestOp(w: Writer, m: RequestOp): void {
  if (m.requestTxn !== undefined) {
    const end = w.length;
    writeTxnRequest(w, m.requestTxn);
    w.varint(w.length - end);
    w.varint(34);
  }
  if (m.requestDeleteRange !== undefined) {
    const end = w.length;
    writeDeleteRangeRequest(w, m.requestDeleteRange);
    w.varint(w.length - end);
    w.varint(26);
  }
  if (m.requestPut !== undefined) {
    const end = w.length;
    writePutRequest(w, m.requestPut);
    w.varint(w.length - end);
    w.varint(18);
  }
  if (m.requestRange !== undefined) {
    const end = w.length;
    writeRangeRequest(w, m.requestRange);
    w.varint(w.length - end);
    w.varint(10);
  }
}

export interface DeleteRangeRequest {
  readonly key?: Uint8Array | undefined;
  readonly rangeEnd?: Uint8Array | undefined;
  readonly prevKv?: boolean | undefined;
}

export function writeDeleteRangeRequest(w: Writer, m: DeleteRangeRequest): void {
  if (m.prevKv !== undefined && m.prevKv !== false) {
    w.varint(1);
    w.varint(24);
  }
  if (m.rangeEnd !== undefined) {
    const end = w.length;
    w.bytes(m.rangeEnd);
    w.varint(w.length - end);
    w.varint(18);
  }
  if (m.key !== undefined) {
    const end = w.length;
    w.bytes(m.key);
    w.varint(w.length - end);
    w.varint(10);
  }
}

export interface CompactionRequest {
  readonly revision?: number | undefined;
}

export function writeCompactionRequest(w: Writer, m: CompactionRequest): void {
  if (m.revision !== undefined && m.revision !== 0) {
    w.varint(m.revision);
    w.varint(8);
  }
}

export interface WatchRequest {
  readonly createRequest?: WatchCreateRequest | undefined;
  readonly cancelRequest?: WatchCancelRequest | undefined;
  readonly progressRequest?: WatchProgressRequest | undefined;
}

export function writeWatchRequest(w: Writer, m: WatchRequest): void {
  if (m.progressRequest !== undefined) {
    const end = w.length;
    writeWatchProgressRequest();
    w.varint(w.length - end);
    w.varint(26);
  }
  if (m.cancelRequest !== undefined) {
    const end = w.length;
    writeWatchCancelRequest(w, m.cancelRequest);
    w.varint(w.length - end);
    w.varint(18);
  }
  if (m.createRequest !== undefined) {
    const end = w.length;
    writeWatchCreateRequest(w, m.createRequest);
    w.varint(w.length - end);
    w.varint(10);
  }
}

export interface WatchCreateRequest {
  readonly key?: Uint8Array | undefined;
  readonly rangeEnd?: Uint8Array | undefined;
  readonly startRevision?: number | undefined;
  readonly progressNotify?: boolean | undefined;
  readonly prevKv?: boolean | undefined;
  readonly watchId?: number | undefined;
  readonly fragment?: boolean | undefined;
}

export function writeWatchCreateRequest(w: Writer, m: WatchCreateRequest): void {
  if (m.fragment !== undefined && m.fragment !== false) {
    w.varint(1);
    w.varint(64);
  }
  if (m.watchId !== undefined && m.watchId !== 0) {
    w.varint(m.watchId);
    w.varint(56);
  }
  if (m.prevKv !== undefined && m.prevKv !== false) {
    w.varint(1);
    w.varint(48);
  }
  if (m.progressNotify !== undefined && m.progressNotify !== false) {
    w.varint(1);
    w.varint(32);
  }
  if (m.startRevision !== undefined && m.startRevision !== 0) {
    w.varint(m.startRevision);
    w.varint(24);
  }
  if (m.rangeEnd !== undefined) {
    const end = w.length;
    w.bytes(m.rangeEnd);
    w.varint(w.length - end);
    w.varint(18);
  }
  if (m.key !== undefined) {
    const end = w.length;
    w.bytes(m.key);
    w.varint(w.length - end);
    w.varint(10);
  }
}

export interface WatchCancelRequest {
  readonly watchId?: number | undefined;
}

export function writeWatchCancelRequest(w: Writer, m: WatchCancelRequest): void {
  if (m.watchId !== undefined && m.watchId !== 0) {
    w.varint(m.watchId);
    w.varint(8);
  }
}

/** A message without content. */
export type WatchProgressRequest = Readonly<Record<string, never>>;

export function writeWatchProgressRequest(): void {}

export interface LeaseGrantRequest {
  readonly ttl?: number | undefined;
  readonly id?: number | undefined;
}

export function writeLeaseGrantRequest(w: Writer, m: LeaseGrantRequest): void {
  if (m.id !== undefined && m.id !== 0) {
    w.varint(m.id);
    w.varint(16);
  }
  if (m.ttl !== undefined && m.ttl !== 0) {
    w.varint(m.ttl);
    w.varint(8);
  }
}

export interface LeaseRevokeRequest {
  readonly id?: number | undefined;
}

export function writeLeaseRevokeRequest(w: Writer, m: LeaseRevokeRequest): void {
  if (m.id !== undefined && m.id !== 0) {
    w.varint(m.id);
    w.varint(8);
  }
}

export interface LeaseKeepAliveRequest {
  readonly id?: number | undefined;
}

export function writeLeaseKeepAliveRequest(w: Writer, m: LeaseKeepAliveRequest): void {
  if (m.id !== undefined && m.id !== 0) {
    w.varint(m.id);
    w.varint(8);
  }
}

export interface AuthenticateRequest {
  readonly name?: string | undefined;
  readonly password?: string | undefined;
}

export function writeAuthenticateRequest(w: Writer, m: AuthenticateRequest): void {
  if (m.password !== undefined) {
    const end = w.length;
    w.text(m.password);
    w.varint(w.length - end);
    w.varint(18);
  }
  if (m.name !== undefined) {
    const end = w.length;
    w.text(m.name);
    w.varint(w.length - end);
    w.varint(10);
  }
}

/** A message without content. */
export type StatusRequest = Readonly<Record<string, never>>;

export function writeStatusRequest(): void {}
