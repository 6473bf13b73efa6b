import { workerProject } from '../../shared/testing/worker-project.ts';

export default workerProject({
  name: 'payments',
  secrets: { STRIPE_SECRET_KEY: 'sk_test_unit', STRIPE_WEBHOOK_SECRET: 'whsec_unit' },
  databases: { PAYMENTS_DB: 'payments' },
});
