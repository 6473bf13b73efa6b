import { workerProject } from '../../shared/testing/worker-project.ts';
import { FAKE_CATALOGUE, FAKE_PAYMENTS, FAKE_PROVISIONER } from './testing/fakes.ts';

export default workerProject({
  name: 'purchase',
  isolate: true,
  secrets: {
    MAIL_API_KEY: 're_test_unit',
    OPERATOR_MAIL_TO: 'operators@mail.test',
    WEBHOOK_KEY: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
    FRAUD_KEY: 'HxwdHh8QERITFBUWFxgZGgABAgMEBQYHCAkKCwwNDg8=',
  },
  sendEmail: ['EMAIL'],
  databases: { ORDERS_DB: 'orders', COMMERCE_DB: 'commerce' },
  fakes: {
    'tradepost-catalogue': FAKE_CATALOGUE,
    'tradepost-payments': FAKE_PAYMENTS,
    'tradepost-provisioner': FAKE_PROVISIONER,
  },
  include: [
    'durable-objects/{fraud,lib,order,order-directory,buyer,pricing,promotion,velocity,webhook-endpoint}/*.test.ts',
    'durable-objects/stock/{object,shards,migrations,histories}.test.ts',
  ],
});
