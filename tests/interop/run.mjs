// Runs one interop test: `node run.mjs NAME`. Exit 77, a visible skip, when the packages of
// package.json are not installed (`make deps` does it).
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const modules = fileURLToPath(new URL('./node_modules', import.meta.url));
if (!existsSync(modules)) {
  console.log(`skipped: ${modules} is missing, run 'make deps'`);
  process.exit(77);
}
await import(`./${process.argv[2]}.mjs`);
