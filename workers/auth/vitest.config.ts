import { workerProject } from '../../shared/testing/worker-project.ts';

export default workerProject({
  name: 'auth',
  isolate: true,
  secrets: {
    PASSWORD_PEPPER: 'cGVwcGVyLXBlcHBlci1wZXBwZXItcGVwcGVyLXBlcCE=',
    FIELD_KEY: 'ZmllbGQta2V5LWZpZWxkLWtleS1maWVsZC1rZXkhISE=',
    MAIL_API_KEY: 'mail_test',
    BREACH_RANGE_API_BASE: '',
  },
  databases: { AUTH_DB: 'auth' },
  include: ['durable-objects/login-guard/**/object.test.ts'],
});
