// @phala/dcap-qvl, a verifier that shares no code with ours, fetches the collateral from the
// simulator's service and accepts its quotes under its root, and under no other root.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { createRequire } from 'node:module';

import { withSimulator } from './simulator.mjs';

const require = createRequire(import.meta.url);
const { QuoteVerifier } = require('@phala/dcap-qvl');
const { getCollateralForFmspc } = require('@phala/dcap-qvl/src/collateral.js');

const FMSPC = '53494D303030';
const now = () => Math.floor(Date.now() / 1000);

function getQuote(socketPath, reportData) {
  return new Promise((resolve, reject) => {
    const path = `/GetQuote?report_data=${reportData}`;
    request({ socketPath, path }, (reply) => {
      const parts = [];
      reply.on('data', (part) => parts.push(part));
      reply.on('end', () => resolve(
        Buffer.from(JSON.parse(Buffer.concat(parts).toString()).quote, 'hex')));
    }).on('error', reject).end();
  });
}

let otherRoot;
await withSimulator(['--seed', '0202'], async ({ rootDer }) => {
  otherRoot = rootDer;
});

await withSimulator([], async ({ socket, pccs, rootDer }) => {
  const verifier = QuoteVerifier.newWithRootCa(rootDer);
  const quote = await getQuote(socket, 'abcd');
  const collateral = await getCollateralForFmspc(pccs, FMSPC, 'platform', false);

  const report = verifier.verify(quote, collateral, now());
  assert.equal(report.status, 'UpToDate');
  assert.deepEqual(report.advisory_ids, []);

  assert.throws(() => QuoteVerifier.newWithRootCa(otherRoot).verify(quote, collateral, now()),
    /signature invalid/);
  assert.throws(() => QuoteVerifier.newProd().verify(quote, collateral, now()),
    /signature invalid/);

  const forged = Buffer.from(quote);
  forged[568] ^= 1;
  assert.throws(() => verifier.verify(forged, collateral, now()), /signature is invalid/);
  assert.throws(() => verifier.verify(quote, collateral, now() + 31 * 86400), /expired/);
});

for (const status of ['SWHardeningNeeded', 'OutOfDate', 'ConfigurationNeeded']) {
  await withSimulator(['--tcb-status', status], async ({ socket, pccs, rootDer }) => {
    const collateral = await getCollateralForFmspc(pccs, FMSPC, 'platform', false);
    const report = QuoteVerifier.newWithRootCa(rootDer)
      .verify(await getQuote(socket, ''), collateral, now());

    assert.equal(report.status, status);
    assert.equal(report.advisory_ids.includes('SIM-SA-00001'), true);
  });
}

await withSimulator(['--quote-version', '5'], async ({ socket, pccs, rootDer }) => {
  const verifier = QuoteVerifier.newWithRootCa(rootDer);
  const quote = await getQuote(socket, 'abcd');
  const collateral = await getCollateralForFmspc(pccs, FMSPC, 'platform', false);

  assert.equal(quote.readUInt16LE(0), 5);
  assert.equal(quote.readUInt16LE(48), 3);
  assert.equal(verifier.verify(quote, collateral, now()).status, 'UpToDate');
  for (const at of [574, 638, 654]) { // report data, TEE_TCB_SVN_2, MRSERVICETD
    const forged = Buffer.from(quote);
    forged[at] ^= 1;
    assert.throws(() => verifier.verify(forged, collateral, now()));
  }
});

await withSimulator(['--td-debug'], async ({ socket, pccs, rootDer }) => {
  const collateral = await getCollateralForFmspc(pccs, FMSPC, 'platform', false);
  const quote = await getQuote(socket, '');

  assert.throws(() => QuoteVerifier.newWithRootCa(rootDer).verify(quote, collateral, now()),
    /debug/i);
});
console.log('interop.dcap_qvl: ok');
