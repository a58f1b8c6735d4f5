// Our verdict on a quote beside that of @phala/dcap-qvl, over every quote and collateral at hand:
// recorded ones with their bytes changed, and the forged ones of tests/unit/dcap, each of which breaks
// one rule. Both take every TCB status. A difference must stand in dcap-differences.json with its
// reason, and what stands there must still be one.
//
//   node run.mjs dcap_differential           fails on a difference that is not listed, or no longer is
//   node run.mjs dcap_differential --print   prints every difference as JSON
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const require = createRequire(import.meta.url);
const { QuoteVerifier } = require('@phala/dcap-qvl');
const run = promisify(execFile);

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const build = process.env.DEVPROOF_BUILD_DIR ?? here('../../build/asan');
const fixtures = process.env.DEVPROOF_FIXTURES ?? here('../fixtures');
const fixture = (name) => readFileSync(join(fixtures, name));
const JULY_2025 = 1752000000;
const FORGED = ['chain', 'root', 'signature', 'tcb', 'tcb_info', 'qe_identity'];
// Every level that is not Revoked, and no demands beyond dcap-qvl's own.
const POLICY = {
  tcb: {
    accept: ['UpToDate', 'SWHardeningNeeded', 'ConfigurationNeeded',
      'ConfigurationAndSWHardeningNeeded', 'OutOfDate', 'OutOfDateConfigurationNeeded'],
    min_evaluation_number: 1, max_collateral_age_days: 3650,
  },
};

const folder = mkdtempSync(join(tmpdir(), 'dp-'));
const policy = join(folder, 'policy.json');
writeFileSync(policy, JSON.stringify(POLICY));

const cases = [];
function add(name, quote, collateral, now, root) {
  cases.push({ name, quote, collateral, now, root });
}

// Where a recorded version 4 quote is changed: a byte of each field.
const FIELDS = {
  version: 0, attestation_key_type: 2, tee_type: 4, qe_vendor: 12, user_data: 28, tee_tcb_svn: 48,
  mrseam: 64, mrsigner_seam: 112, seam_attributes: 160, td_attributes: 168, xfam: 176, mrtd: 184,
  mr_config_id: 232, mr_owner: 280, rtmr0: 376, rtmr3: 520, report_data: 568, signature_len: 632,
  signature_r: 636, signature_s: 668, attestation_key: 700, certification_type: 764,
  certification_len: 766, qe_cpu_svn: 770, qe_mrsigner: 898, qe_report_data: 1090,
  qe_signature: 1154, auth_len: 1218, auth_data: 1220, chain_type: 1252, chain_len: 1254,
  pck_leaf: 1400,
};

function addRecorded() {
  const quote = fixture('dcap/tdx_quote');
  const collateral = fixture('dcap/tdx_quote_collateral.json').toString();
  add('recorded/tdx', quote, collateral, JULY_2025);
  for (const [field, at] of Object.entries(FIELDS)) {
    const changed = Buffer.from(quote);
    changed[at] ^= 1;
    add(`recorded/tdx/${field}`, changed, collateral, JULY_2025);
  }
  const signed = 636 + quote.readUInt32LE(632);
  add('recorded/tdx/canonical', quote.subarray(0, signed), collateral, JULY_2025);
  add('recorded/tdx/zeros_after', Buffer.concat([quote.subarray(0, signed), Buffer.alloc(9)]),
    collateral, JULY_2025);
  add('recorded/tdx/text_after', Buffer.concat([quote.subarray(0, signed), Buffer.from('x')]),
    collateral, JULY_2025);
  for (const cut of [47, 48, 631, 635, 700, 1218, signed - 1])
    add(`recorded/tdx/cut_at_${cut}`, quote.subarray(0, cut), collateral, JULY_2025);
  for (const [name, now] of [['before', 1740000000], ['after', 1760000000]])
    add(`recorded/tdx/${name}_the_window`, quote, collateral, now);
  const parsed = JSON.parse(collateral);
  for (const member of Object.keys(parsed)) {
    const text = parsed[member];
    const at = Math.floor(text.length / 2);
    const other = text[at] === '1' ? '2' : '1';
    add(`recorded/tdx_collateral/${member}`, quote,
      JSON.stringify({ ...parsed, [member]: text.slice(0, at) + other + text.slice(at + 1) }),
      JULY_2025);
    add(`recorded/tdx_collateral/without_${member}`, quote,
      JSON.stringify({ ...parsed, [member]: undefined }), JULY_2025);
  }
}

function addOthers() {
  const collateral = fixture('dcap/tdx_quote_collateral.json').toString();
  const hex = (text) => Buffer.from(text.replace(/^0x/, '').trim(), 'hex');
  const reported = (name) => hex(JSON.parse(fixture(`dstack/quotes/${name}.json`)).quote);

  add('recorded/sgx', fixture('dcap/sgx_quote'),
    fixture('dcap/sgx_quote_collateral.json').toString(), JULY_2025);
  add('dstack/simulator-0.5.3', hex(fixture('dstack/simulator-0.5.3/quote.hex').toString()),
    collateral, JULY_2025);
  for (const name of ['rtmr3-based-report', 'tdx-lite-getquote', 'verifier-quote-report'])
    add(`dstack/${name}`, reported(name), collateral, JULY_2025);
  add('dstack/ra-tls-tdx_quote', fixture('dstack/quotes/ra-tls-tdx_quote.bin'), collateral,
    JULY_2025);
  const mock = fixture('dstack/ratls-certs/mock-collateral.json').toString();
  const root = fixture('dstack/ratls-certs/mock-sgx-root-ca.der');
  const quote = fixture('dstack/ratls-certs/ratls-legacy-oids.quote.bin');
  add('dstack/mock', quote, mock, JULY_2025, root);
  add('dstack/mock_under_intels_root', quote, mock, JULY_2025);
}

// The evidence of every table of broken rules, written by its test program.
async function addForged() {
  for (const name of FORGED)
    await run(join(build, 'tests/unit/dcap', `test_dcap_${name}`), [],
      { env: { ...process.env, DEVPROOF_FORGE_DIR: folder }, maxBuffer: 1 << 26 });
  const names = readdirSync(folder).filter((name) => name.endsWith('.quote'));
  assert.ok(names.length > 150, `${names.length} forged cases`);
  for (const name of names.sort()) {
    const stem = join(folder, name.slice(0, -'.quote'.length));
    const read = (kind) => readFileSync(`${stem}.${kind}`);
    add(name.replace('test_dcap_', 'forged/').replace('.quote', '').replace('.', '/'),
      read('quote'), read('collateral').toString(), Number(read('now')), read('root'));
  }
}

async function ours(c, i) {
  const path = (kind) => join(folder, `case-${i}.${kind}`);
  const argv = ['quote', 'verify', '--json', '--policy', policy, '--quote', path('quote'),
    '--collateral', path('collateral'), '--now', String(c.now)];
  writeFileSync(path('quote'), c.quote);
  writeFileSync(path('collateral'), c.collateral);
  if (c.root !== undefined) {
    writeFileSync(path('root'), c.root);
    argv.push('--root', path('root'));
  }
  const done = await run(join(build, 'ra-tls/cli/devproof'), argv).catch((e) => e);
  const code = done.code ?? 0;
  assert.ok([0, 10, 30].includes(code), `${c.name}: devproof ended with ${code}: ${done.stderr}`);
  const report = JSON.parse(done.stdout);
  assert.equal(report.verdict === 'accepted', code === 0);
  return code === 0 ? `accepted ${report.tcb.status}` : report.code;
}

function theirs(c) {
  try {
    const verifier = c.root === undefined ? QuoteVerifier.newProd()
      : QuoteVerifier.newWithRootCa(c.root);
    return `accepted ${verifier.verify(c.quote, JSON.parse(c.collateral), c.now).status}`;
  } catch (e) {
    return 'refused';
  }
}

// One word each: refused, or accepted with the status.
const word = (verdict) => (verdict.startsWith('accepted') ? verdict : 'refused');

try {
  addRecorded();
  addOthers();
  await addForged();
  const verdicts = new Array(cases.length);
  let next = 0;
  await Promise.all(cpus().map(async () => {
    while (next < cases.length) {
      const i = next++;
      verdicts[i] = { ours: await ours(cases[i], i), theirs: theirs(cases[i]) };
    }
  }));
  const found = {};
  cases.forEach((c, i) => {
    if (word(verdicts[i].ours) !== word(verdicts[i].theirs))
      found[c.name] = verdicts[i];
  });
  if (process.argv.includes('--print')) {
    console.log(JSON.stringify(found, null, 1));
  } else {
    const listed = {};
    for (const group of JSON.parse(readFileSync(here('dcap-differences.json'), 'utf8'))) {
      assert.ok(group.reason.length > 20, 'every difference has its reason');
      for (const [name, verdict] of Object.entries(group.cases)) {
        assert.equal(listed[name], undefined, `${name} stands there twice`);
        listed[name] = { ours: verdict, theirs: group.theirs };
      }
    }
    for (const name of Object.keys(found))
      found[name].theirs = word(found[name].theirs);
    assert.deepEqual(found, listed);
    console.log(`interop.dcap_differential: ${cases.length} cases, ` +
      `${Object.keys(found).length} differences, all with their reasons`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
