import { workerProject } from '../../shared/testing/worker-project.ts';
import { FAKE_SUBJECT } from './privacy/testing/fake-subjects.ts';

export default workerProject({
  name: 'auth',
  isolate: true,
  secrets: {
    PASSWORD_PEPPER: 'cGVwcGVyLXBlcHBlci1wZXBwZXItcGVwcGVyLXBlcCE=',
    FIELD_KEY: 'ZmllbGQta2V5LWZpZWxkLWtleS1maWVsZC1rZXkhISE=',
    MAIL_API_KEY: 'mail_test',
    BREACH_RANGE_API_BASE: '',
    // The providers of the tests run beside them.
    FEDERATION_TARGETS: 'any',
    // What is deployed asks them of all staff: tests of that say so.
    STAFF_SECOND_FACTOR: 'when_set_up',
  },
  databases: { AUTH_DB: 'auth' },
  fakes: {
    'tradepost-catalogue': FAKE_SUBJECT,
    'tradepost-payments': FAKE_SUBJECT,
    'tradepost-provisioner': FAKE_SUBJECT,
    'tradepost-purchase': FAKE_SUBJECT,
  },
  globalSetup: ['workers/auth/federation/testing/real-providers.ts'],
  include: ['durable-objects/login-guard/**/object.test.ts'],
});
