// Starts dstack-simulator for a test and stops it afterwards.
import { spawn } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const DEADLINE_MS = 30000;
const POLL_MS = 10;

function program() {
  const build = process.env.DEVPROOF_BUILD_DIR ??
    fileURLToPath(new URL('../../build/asan', import.meta.url));
  return join(build, 'tests/simulator/dstack-simulator');
}

export const sha256 = (data) => createHash('sha256').update(data).digest('hex');

// Run use(simulator) with a simulator that has these options more; options may be a function of
// the folder of its files.
export async function withSimulator(options, use) {
  const folder = mkdtempSync(join(tmpdir(), 'dp-'));
  const file = (name) => join(folder, name);
  const child = spawn(program(), ['--socket', file('agent.sock'), '--pccs', '127.0.0.1:0',
    '--write-root', file('root.pem'), '--write-kms-root', file('kms.json'),
    '--ready-file', file('ready'),
    ...(typeof options === 'function' ? options(folder) : options)], { stdio: ['ignore', 'inherit', 'inherit'] });
  const ended = once(child, 'exit');
  try {
    const deadline = Date.now() + DEADLINE_MS;
    while (!existsSync(file('ready'))) {
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error('the simulator did not start');
      await delay(POLL_MS);
    }
    const ready = JSON.parse(readFileSync(file('ready'), 'utf8'));
    await use({
      ...ready,
      rootDer: new X509Certificate(readFileSync(file('root.pem'))).raw,
      kms: JSON.parse(readFileSync(file('kms.json'), 'utf8')),
    });
  } finally {
    child.kill('SIGTERM');
    const [code] = await ended;
    rmSync(folder, { recursive: true });
    if (code !== 0)
      throw new Error(`the simulator ended with ${code}`);
  }
}
