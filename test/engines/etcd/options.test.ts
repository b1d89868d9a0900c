// Addresses, options, and what is known of a server by its version.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from '../../../src/index.ts';
import { isLoopback, parseAddress } from '../../../src/engines/etcd/address.ts';
import { etcdSettings, type EtcdOptions } from '../../../src/engines/etcd/options.ts';
import { isSound } from '../../../src/engines/etcd/server.ts';

test('an address names members and a prefix', () => {
  assert.deepEqual(parseAddress('//a:1,b:2/shop/stock'), { hosts: ['a:1', 'b:2'], prefix: 'shop/stock' });
  assert.deepEqual(parseAddress('//a'), { hosts: ['a:2379'] });
  assert.deepEqual(parseAddress('//[::1]:5/'), { hosts: ['[::1]:5'] });
  for (const rest of ['', 'a:1', '//', '//a:0', '//a:70000', '//a b/x', '//a,,b'])
    assert.throws(() => parseAddress(rest), TypeError, rest);
});

test('a password in an address is refused, and not shown', async () => {
  await assert.rejects(
    () => open('etcd://root:s3cret@127.0.0.1:1/x'),
    (error: Error) =>
      error instanceof TypeError && /auth/.test(error.message) && !error.message.includes('s3cret'),
  );
});

test('credentials go over plain connections only to this machine', () => {
  const auth = { user: 'u', password: 's3cret' };
  const far = (): unknown => etcdSettings({ hosts: ['127.0.0.1:1', '10.0.0.1:1'], auth });
  assert.throws(
    far,
    (error: Error) => /10\.0\.0\.1/.test(error.message) && !error.message.includes('s3cret'),
  );
  assert.ok(etcdSettings({ hosts: '127.0.0.1:1', auth })[0].auth);
  assert.ok(etcdSettings({ hosts: '10.0.0.1:1', auth, tls: true })[0].auth);
  for (const host of ['localhost:1', '[::1]:1', '127.1.2.3:1']) assert.ok(isLoopback(host), host);
  for (const host of ['127.evil.example:1', 'localhost.example:1', '10.0.0.1:1'])
    assert.ok(!isLoopback(host), host);
});

test('options that mean nothing are refused by name', () => {
  const bad: readonly (readonly [string, unknown])[] = [
    ['hosts', { hosts: [] }],
    ['hosts', {}],
    ['prefix', { hosts: 'a', prefix: '' }],
    ['prefix', { hosts: 'a', prefix: '\ud800' }],
    ['deadlineMs', { hosts: 'a', deadlineMs: 1 }],
    ['queueLimit', { hosts: 'a', queueLimit: 0 }],
    ['tls', { hosts: 'a', tls: { rejectUnauthorized: false } }],
    ['cert', { hosts: 'a', tls: { cert: 'x' } }],
    ['auth', { hosts: 'a', tls: true, auth: { user: 'u' } }],
    ['nope', { hosts: 'a', nope: 1 }],
  ];
  for (const [about, options] of bad)
    assert.throws(() => etcdSettings(options as EtcdOptions), new RegExp(about), about);
});

test('a server is sound from the floor of its line on', () => {
  for (const version of ['3.4.42', '3.5.28', '3.5.30', '3.6.9', '3.7.0', '4.0.0'])
    assert.ok(isSound(version), version);
  for (const version of ['3.3.27', '3.4.23', '3.4.41', '3.5.27', '3.6.8'])
    assert.ok(!isSound(version), version);
});
