import { describe, expect, it } from 'vitest';
import { isLate } from './order.ts';
import { planDeployment } from './plan.ts';
import { findingsReport, planReport } from './report.ts';
import { runtimeDateOf } from './read-deployment.ts';
import { committedDeployment } from './testing.ts';

describe('the plan', () => {
  const plan = planDeployment(committedDeployment());

  it('deploys a worker after those it binds, for a binding to nothing is refused', () => {
    const names = plan.workers.map(({ config }) => config.name);
    for (const { config } of plan.workers) {
      for (const { service } of config.services.filter((bound) => !isLate(bound))) {
        expect(names.indexOf(service)).toBeLessThan(names.indexOf(config.name));
      }
    }
    expect(names.at(-1)).toBe('tradepost-gateway');
  });

  it('creates every queue with its dead-letter queue once', () => {
    expect(plan.queues).toEqual([...new Set(plan.queues)]);
    const main = plan.queues.filter((queue) => !queue.endsWith('-dlq'));
    expect(plan.queues).toEqual(expect.arrayContaining(main.map((queue) => `${queue}-dlq`)));
  });

  it('says what the workers are configured with, that a person can read it before it is so', () => {
    const lines = planReport(plan)
      .split('\n')
      .map((line) => line.trim().replaceAll(/ +/g, ' '));
    for (const line of [
      'purchase payment-events: max_batch_size 10, max_batch_timeout 0, max_retries 10, retry_delay 5, max_concurrency 10, then to payment-events-dlq',
      'purchase payment-events-dlq: max_batch_size 10, max_batch_timeout 0, max_retries 10, retry_delay 30',
      'gateway COARSE_LIMIT: 1000 in 60 s, namespace 1001',
      'purchase PAYMENTS: tradepost-payments, PaymentsRpc',
      'gateway PURCHASE: tradepost-purchase, default',
      'purchase MAIL_API_BASE = "https://api.resend.com"',
      'gateway CORS_ORIGINS = ""',
    ]) {
      expect(lines).toContain(line);
    }
  });

  it('names every resource a fresh account lacks', () => {
    const report = planReport(plan);
    for (const name of [
      'payment-events-dlq',
      'tradepost-orders',
      '0001_first.sql',
      'tradepost-catalogue-cache',
      'tradepost-downloads',
      'tradepost-provision',
      'LoginGuard',
      'STRIPE_WEBHOOK_SECRET',
      '* * * * *',
    ]) {
      expect(report).toContain(name);
    }
    expect(report).not.toContain('sandbox');
  });
});

it('a finding names worker, file, field and problem on one line', () => {
  const line = findingsReport([
    { worker: 'auth', file: 'workers/auth/wrangler.toml', field: 'vars.X', problem: 'is wrong' },
  ]);
  expect(line.trim()).toBe('auth: workers/auth/wrangler.toml: vars.X: is wrong');
});

it('a runtime release is dated by its number', () => {
  expect(runtimeDateOf('1.20261023.1')).toBe('2026-10-23');
  expect(() => runtimeDateOf('2.0.0')).toThrow('2.0.0');
});
