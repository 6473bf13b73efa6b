import type { WorkerConfig } from '../../../lib/config.ts';
import type { WorkerName } from '../../../lib/workers.ts';
import type { DeployableWorker, Deployment } from '../../deployment.ts';
import type { CHECKS } from '../index.ts';

/** One way to break the committed deployment, and the finding that names it. */
export interface Offence {
  /** What is wrong, as the end of a sentence. */
  name: string;
  check: keyof typeof CHECKS;
  worker: WorkerName;
  /** Field the finding names. */
  field: string;
  alter: (config: WorkerConfig, deployable: DeployableWorker, deployment: Deployment) => void;
}

export const variable = (name: string, value: string) => (config: WorkerConfig) => {
  config.vars[name] = value;
};
