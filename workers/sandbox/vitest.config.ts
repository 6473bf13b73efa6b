import { workerProject } from '../../shared/testing/worker-project.ts';
import { FAKE_SHOP } from './testing/fake-shop.ts';

export default workerProject({
  name: 'sandbox',
  secrets: {
    SANDBOX_STRIPE_KEY: 'sk_test_unit',
    SANDBOX_STRIPE_WEBHOOK_SECRET: 'whsec_unit',
    SANDBOX_PARTNER_API_KEY: 'partner_unit',
    SANDBOX_PARTNER_WEBHOOK_SECRET: 'whsec_cGFydG5lcl91bml0',
    SANDBOX_MAIL_API_KEY: 're_unit',
    SHOP_ORIGIN: 'http://shop.test',
    SANDBOX_ORIGIN: 'http://sandbox.test',
  },
  fakes: { 'fake-shop': FAKE_SHOP },
  outbound: 'fake-shop',
});
