import { workerProject } from '../../shared/testing/worker-project.ts';
import { FAKE_PROVIDER } from './testing/fake-provider.ts';

export default workerProject({
  name: 'payments',
  isolate: true,
  secrets: {
    STRIPE_SECRET_KEY: 'sk_test_unit',
    PAYMENTS_MODE: 'test',
    STRIPE_WEBHOOK_SECRET: 'whsec_unit',
    MAIL_API_KEY: 're_test_unit',
    GIFT_CARD_KEY: 'HxwdHh8QERITFBUWFxgZGgABAgMEBQYHCAkKCwwNDg8=',
    STRIPE_API_BASE: 'https://provider.test',
    STRIPE_REQUESTS_PER_SECOND: '10000',
    STRIPE_OPERATION_REQUESTS_PER_SECOND: '10000',
  },
  databases: { PAYMENTS_DB: 'payments' },
  fakes: { 'fake-provider': FAKE_PROVIDER },
  outbound: 'fake-provider',
  include: ['durable-objects/gift-card/*.test.ts'],
});
