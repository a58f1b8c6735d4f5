// @phala/dstack-sdk, the platform's own client, calls the methods beyond keys and quotes, and the
// API of tappd; what they return checks with the independent curves of @noble.
import assert from 'node:assert/strict';
import { createHash, createPrivateKey, createPublicKey, verify, X509Certificate } from 'node:crypto';
import { join, dirname } from 'node:path';

import { DstackClient, TappdClient } from '@phala/dstack-sdk';
import { secp256k1 } from '@noble/curves/secp256k1';
import { ed25519 } from '@noble/curves/ed25519';

import { withSimulator } from './simulator.mjs';

const hash = (name, data) => createHash(name).update(data).digest();
const spki = (pem) => createPublicKey(createPrivateKey(pem)).export({ type: 'spki', format: 'der' });

await withSimulator(['--emit-event'], async ({ socket, kms }) => {
  const client = new DstackClient(socket);

  const tls = await client.getTlsKey({
    subject: 'gw', altNames: ['a.example', '127.0.0.1'], usageServerAuth: true, usageRaTls: true,
    notBefore: 1700000000, notAfter: 1900000000, withAppInfo: true,
  });
  const chain = tls.certificate_chain.map((pem) => new X509Certificate(pem));
  assert.equal(chain.length, 3);
  assert.equal(chain[0].checkPrivateKey(createPrivateKey(tls.key)), true);
  for (let i = 0; i < 3; i++)
    assert.equal(chain[i].verify(chain[Math.min(i + 1, 2)].publicKey), true);
  assert.equal(hash('sha256', chain[2].publicKey.export({ type: 'spki', format: 'der' }))
    .toString('hex'), kms.ca_spki_sha256);
  assert.equal(chain[0].subjectAltName, 'DNS:a.example, IP Address:127.0.0.1');
  assert.equal(tls.asUint8Array(32).length, 32);

  const before = await client.getQuote('x');
  await client.emitEvent('app-started', Buffer.from('now'));
  const after = await client.getQuote('x');
  assert.notEqual(before.replayRtmrs()[3], after.replayRtmrs()[3]);
  assert.equal(after.replayRtmrs()[3],
    Buffer.from(after.quote, 'hex').subarray(520, 568).toString('hex'));

  const attested = await client.attest('x');
  assert.equal(Buffer.from(attested.attestation, 'hex')
    .includes(Buffer.from(after.quote, 'hex').subarray(0, 632)), true);

  const data = Buffer.from('sign me');
  const ed = await client.sign('ed25519', data);
  assert.equal(ed25519.verify(ed.signature, data, ed.public_key), true);
  for (const [algorithm, input] of [['secp256k1', data],
    ['secp256k1_prehashed', hash('sha256', data)]]) {
    const made = await client.sign(algorithm, input);
    assert.equal(secp256k1.verify(made.signature, hash('sha256', data), made.public_key), true);
    assert.equal((await client.verify(algorithm, input, made.signature, made.public_key)).valid,
      true);
    assert.equal(made.signature_chain.length, 3);
  }
  assert.equal((await client.verify('ed25519', Buffer.from('other'), ed.signature, ed.public_key))
    .valid, false);
  await assert.rejects(client.sign('secp256k1_prehashed', Buffer.alloc(31)));
});

await withSimulator([], async ({ socket }) => {
  // This client looks at no status of EmitEvent: it takes the refusal for success.
  const client = new DstackClient(socket);
  const before = await client.getQuote('x');
  await client.emitEvent('x', 'y');
  assert.equal((await client.getQuote('x')).event_log, before.event_log);
});

await withSimulator((folder) => ['--tappd-socket', join(folder, 'tappd.sock')],
  async ({ socket }) => {
    const old = new TappdClient(join(dirname(socket), 'tappd.sock'));
    const client = new DstackClient(socket);

    const one = await old.deriveKey('a', 'subject', ['a.example']);
    const two = await old.deriveKey('a');
    assert.deepEqual(spki(one.key), spki(two.key));
    assert.equal(new X509Certificate(one.certificate_chain[0]).subject, 'CN=subject');
    const key = await client.getKey('a');
    assert.equal(createPrivateKey(one.key).export({ format: 'jwk' }).d,
      Buffer.from(key.key).toString('base64url'));

    const quote = await old.tdxQuote('test content', 'sha384');
    const reportData = Buffer.from(quote.quote.replace(/^0x/, ''), 'hex').subarray(568, 632);
    assert.equal(reportData.toString('hex'),
      hash('sha384', 'app-data:test content').toString('hex').padEnd(128, '0'));
  });
console.log('interop.dstack_sdk_methods: ok');
