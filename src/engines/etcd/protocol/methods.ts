// Made by scripts/generate-protocol.mjs of etcd.proto; change that, not this.
import type { Method } from './method.ts';
import * as requests from './requests.ts';
import * as responses from './responses.ts';

export const range: Method<requests.RangeRequest, responses.RangeResponse> = {
  path: '/etcdserverpb.KV/Range',
  write: requests.writeRangeRequest,
  read: responses.readRangeResponse,
};

export const put: Method<requests.PutRequest, responses.PutResponse> = {
  path: '/etcdserverpb.KV/Put',
  write: requests.writePutRequest,
  read: responses.readPutResponse,
};

export const txn: Method<requests.TxnRequest, responses.TxnResponse> = {
  path: '/etcdserverpb.KV/Txn',
  write: requests.writeTxnRequest,
  read: responses.readTxnResponse,
};

export const compact: Method<requests.CompactionRequest, responses.CompactionResponse> = {
  path: '/etcdserverpb.KV/Compact',
  write: requests.writeCompactionRequest,
  read: responses.readCompactionResponse,
};

export const watch: Method<requests.WatchRequest, responses.WatchResponse> = {
  path: '/etcdserverpb.Watch/Watch',
  write: requests.writeWatchRequest,
  read: responses.readWatchResponse,
};

export const leaseGrant: Method<requests.LeaseGrantRequest, responses.LeaseGrantResponse> = {
  path: '/etcdserverpb.Lease/LeaseGrant',
  write: requests.writeLeaseGrantRequest,
  read: responses.readLeaseGrantResponse,
};

export const leaseRevoke: Method<requests.LeaseRevokeRequest, responses.LeaseRevokeResponse> = {
  path: '/etcdserverpb.Lease/LeaseRevoke',
  write: requests.writeLeaseRevokeRequest,
  read: responses.readLeaseRevokeResponse,
};

export const leaseKeepAlive: Method<requests.LeaseKeepAliveRequest, responses.LeaseKeepAliveResponse> = {
  path: '/etcdserverpb.Lease/LeaseKeepAlive',
  write: requests.writeLeaseKeepAliveRequest,
  read: responses.readLeaseKeepAliveResponse,
};

export const authenticate: Method<requests.AuthenticateRequest, responses.AuthenticateResponse> = {
  path: '/etcdserverpb.Auth/Authenticate',
  write: requests.writeAuthenticateRequest,
  read: responses.readAuthenticateResponse,
};

export const status: Method<requests.StatusRequest, responses.StatusResponse> = {
  path: '/etcdserverpb.Maintenance/Status',
  write: requests.writeStatusRequest,
  read: responses.readStatusResponse,
};
