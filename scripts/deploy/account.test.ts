import { describe, expect, it } from 'vitest';
import { bucketNames, databaseIds, namespaceIds, queueNames, UnknownAnswerError } from './account.ts';

describe('wrangler’s answers', () => {
  it('give the names of queues out of a table', () => {
    const table = [
      '┌────┬──────────────────┬────────────┐',
      '│ id │ name             │ created_on │',
      '├────┼──────────────────┼────────────┤',
      '│ 1  │ payment-events   │ 2026-11-01 │',
      '├────┼──────────────────┼────────────┤',
      '│ 2  │ catalogue-events │ 2026-11-01 │',
      '└────┴──────────────────┴────────────┘',
    ].join('\n');
    expect(queueNames(table)).toEqual(['payment-events', 'catalogue-events']);
    expect(queueNames('┌┐\n└┘')).toEqual([]);
  });

  it('give the names of buckets out of labelled lines', () => {
    const list =
      'Listing buckets...\nname:           tradepost-downloads\ncreation_date:  2026-11-01T00:00:00Z\n';
    expect(bucketNames(list)).toEqual(['tradepost-downloads']);
    expect(bucketNames('Listing buckets...\n')).toEqual([]);
  });

  it('give ids by name out of JSON', () => {
    expect(databaseIds('[{"name":"tradepost-auth","uuid":"u-1"}]').get('tradepost-auth')).toBe('u-1');
    expect(namespaceIds('[{"title":"tradepost-cache","id":"k-1"}]').get('tradepost-cache')).toBe('k-1');
  });

  it('in a form we do not know stop the deployment, for guessing could create things twice', () => {
    expect(() => queueNames('│ id │ title │')).toThrow(UnknownAnswerError);
    expect(() => databaseIds('You are not logged in')).toThrow(UnknownAnswerError);
    expect(() => databaseIds('[{"name":"tradepost-auth"}]')).toThrow(UnknownAnswerError);
  });
});
