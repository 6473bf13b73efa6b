import { ALL_WORKERS } from './lib/workers.ts';
import { envModule, envTarget } from './generate/env.ts';
import { writeFileSync } from 'node:fs';
for (const worker of ALL_WORKERS) writeFileSync(envTarget(worker), await envModule(worker));
