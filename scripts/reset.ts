/** Clears what a local system keeps: data, sign-ins, secrets, builds. Usage: npm run reset */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { parseArguments } from './lib/arguments.ts';
import { endLeftovers, runningSystem } from './lib/kept.ts';
import { ALL_WORKERS, ROOT, STATE_FOLDER, workerFolder } from './lib/workers.ts';

parseArguments('Usage: npm run reset', { options: {} });
const running = runningSystem();
if (running !== null) {
  console.error(`Tradepost runs at ${running.origin} (process ${running.pid}). Stop it first.`);
  process.exit(1);
}
endLeftovers();
rmSync(STATE_FOLDER, { recursive: true, force: true });
for (const worker of ALL_WORKERS) {
  const folder = worker === 'gateway' ? ROOT : workerFolder(worker);
  rmSync(path.join(folder, '.dev.vars'), { force: true });
}
console.log('Cleared. The next start begins afresh.');
