import type { WorkerConfig } from '../../../lib/config.ts';
import type { DeployableWorker, Deployment } from '../../deployment.ts';
import { BUNDLE_GZIP_BYTES_MAX, BUNDLE_RAW_BYTES_MAX } from '../bundles.ts';
import type { Offence } from './offence.ts';

const FIT = 'bundles fit';
const TEST_CODE = 'bundles hold no test code';
const HASHING = 'hashing is allowed on the platform';

const source = (file: string) => (_config: WorkerConfig, deployable: DeployableWorker) => {
  deployable.bundle.sources.push(file);
};
export const text =
  (content: string) => (_config: WorkerConfig, deployable: DeployableWorker, deployment: Deployment) => {
    deployable.bundle.sources.push('shared/auth/hash.ts');
    deployment.sources['shared/auth/hash.ts'] = content;
  };

/** Ways to break what a bundle may measure and hold. For tests. */
export const BUNDLE_OFFENCES: Offence[] = [
  {
    name: 'a bundle larger than the platform takes',
    check: FIT,
    worker: 'gateway',
    field: 'bundle',
    alter: (_config, { bundle }) => {
      bundle.rawBytes = BUNDLE_RAW_BYTES_MAX + 1;
    },
  },
  {
    name: 'a bundle larger than our own limit once compressed',
    check: FIT,
    worker: 'gateway',
    field: 'bundle',
    alter: (_config, { bundle }) => {
      bundle.gzipBytes = BUNDLE_GZIP_BYTES_MAX + 1;
    },
  },
  {
    name: 'a bundle with code of the sandbox',
    check: TEST_CODE,
    worker: 'payments',
    field: 'bundle',
    alter: source('workers/sandbox/stripe/webhooks.ts'),
  },
  {
    name: 'a bundle with tools of tests',
    check: TEST_CODE,
    worker: 'payments',
    field: 'bundle',
    alter: source('shared/testing/clock.ts'),
  },
  {
    name: 'a bundle with a test',
    check: TEST_CODE,
    worker: 'payments',
    field: 'bundle',
    alter: source('workers/payments/app.test.ts'),
  },
  {
    name: 'PBKDF2 with more iterations than production allows',
    check: HASHING,
    worker: 'auth',
    field: 'shared/auth/hash.ts',
    alter: text("deriveBits({ name: 'PBKDF2', iterations: 600_000, salt }, key, 256)"),
  },
  {
    name: 'PBKDF2 with a count nobody can read',
    check: HASHING,
    worker: 'auth',
    field: 'shared/auth/hash.ts',
    alter: text("deriveBits({ name: 'PBKDF2', iterations, salt }, key, 256)"),
  },
];
