// @phala/dstack-sdk, the platform's own client, works against the simulator, and the signature
// chain checks with @noble/curves.
import assert from 'node:assert/strict';

import { DstackClient } from '@phala/dstack-sdk';
import { secp256k1 } from '@noble/curves/secp256k1';
import { ed25519 } from '@noble/curves/ed25519';
import { keccak_256 } from '@noble/hashes/sha3';

import { sha256, withSimulator } from './simulator.mjs';

const hex = (bytes) => Buffer.from(bytes).toString('hex');

// The compressed key that made a chain link over message.
function recover(link, message) {
  const signature = secp256k1.Signature.fromCompact(link.slice(0, 64)).addRecoveryBit(link[64]);
  assert.equal(signature.hasHighS(), false);
  return signature.recoverPublicKey(keccak_256(message)).toRawBytes(true);
}

function checkChain(key, publicKey, purpose, appId, rootHex) {
  const [link, kmsLink] = key.signature_chain;
  const app = recover(link, Buffer.from(`${purpose}:${hex(publicKey)}`));
  const issued = Buffer.concat([Buffer.from('dstack-kms-issued:'), Buffer.from(appId, 'hex'), app]);
  return hex(recover(kmsLink, issued)) === rootHex;
}

await withSimulator([], async ({ socket, kms }) => {
  const client = new DstackClient(socket);
  assert.equal(await client.isReachable(), true);

  const version = await client.version();
  assert.equal(version.version, '0.6.0');

  const info = await client.info();
  assert.equal(sha256(info.tcb_info.app_compose), info.compose_hash);
  assert.equal(info.tcb_info.compose_hash, info.compose_hash);
  assert.equal(info.app_id, info.compose_hash.slice(0, 40));
  const provider = JSON.parse(info.key_provider_info);
  assert.equal(provider.name, 'kms');
  assert.equal(sha256(Buffer.from(provider.id, 'hex')), kms.ca_spki_sha256);

  const key = await client.getKey('/oracle', 'ethereum');
  assert.equal(key.key.length, 32);
  const publicKey = secp256k1.getPublicKey(key.key, true);
  assert.equal(checkChain(key, publicKey, 'ethereum', info.app_id, kms.k256), true);
  assert.equal(checkChain(key, publicKey, 'other', info.app_id, kms.k256), false);

  const edKey = await client.getKey('/oracle', 'sign', 'ed25519');
  assert.equal(hex(edKey.key), hex(key.key));
  assert.equal(checkChain(edKey, ed25519.getPublicKey(edKey.key), 'sign', info.app_id, kms.k256),
    true);

  const quote = await client.getQuote(Buffer.from('attest me'));
  const bytes = Buffer.from(quote.quote, 'hex');
  const replayed = quote.replayRtmrs();
  for (let i = 0; i < 4; i++) {
    const inQuote = bytes.subarray(376 + 48 * i, 424 + 48 * i).toString('hex');
    assert.equal(replayed[i], inQuote, `RTMR${i} replays`);
    assert.equal(info.tcb_info[`rtmr${i}`], inQuote);
  }
  assert.equal(bytes.subarray(568, 632).toString('hex'),
    Buffer.from('attest me').toString('hex').padEnd(128, '0'));

  await assert.rejects(client.getQuote(Buffer.alloc(65)));
});

await withSimulator(['--fail', 'GetQuote:error'], async ({ socket }) => {
  await assert.rejects(new DstackClient(socket).getQuote('x'));
});
console.log('interop.dstack_sdk: ok');
