import { describe, expect, it } from 'vitest';
import { type BrokerCall, readReply, readStanding } from './reply.ts';
import { brokerIdOf } from './requests.ts';

const MALFORMED = { dashboard_url: 7 };
const CALLS: BrokerCall[] = ['provision', 'bind', 'update', 'unbind', 'deprovision'];

/** The rows of "Orphan Mitigation" (Open Service Broker API 2.17): which calls leave something to be deleted. */
const ORPHANS: [what: string, status: number | null, body: unknown, leaves: BrokerCall[]][] = [
  ['200 with malformed response', 200, MALFORMED, []],
  ['200 without JSON', 200, null, []],
  ['201 with malformed response', 201, MALFORMED, ['provision', 'bind']],
  ['202 with malformed response', 202, { operation: 7 }, ['provision', 'bind']],
  ['all other 2xx', 204, {}, ['provision', 'deprovision', 'bind', 'unbind']],
  ['408', 408, {}, []],
  ['5xx', 500, {}, ['provision', 'deprovision', 'bind', 'unbind']],
  ['5xx of a proxy', 504, null, ['provision', 'deprovision', 'bind', 'unbind']],
  ['timeout', null, null, ['provision', 'bind']],
];

describe('the table of orphans', () => {
  it.each(ORPHANS)('%s', (_what, status, body, leaves) => {
    expect(CALLS.map((call) => readReply(call, status, body))).toEqual(
      CALLS.map((call) => ({ kind: 'failed', leavesOrphan: leaves.includes(call) })),
    );
  });

  it.each([400, 401, 403, 404, 409, 412, 422, 429])('%i is a refusal, and leaves nothing', (status) => {
    for (const call of CALLS)
      expect(readReply(call, status, { description: 'No.' })).toMatchObject({
        kind: 'rejected',
        text: 'No.',
      });
  });

  it('takes successes as they are', () => {
    expect(readReply('provision', 200, {})).toMatchObject({ kind: 'done' });
    expect(readReply('bind', 201, { credentials: { a: 1 } })).toMatchObject({ kind: 'done' });
    expect(readReply('update', 202, { operation: null })).toMatchObject({ kind: 'running', operation: '' });
  });

  it('never cleans up after another operation that is under way', () => {
    for (const call of CALLS)
      expect(readReply(call, 422, { error: 'ConcurrencyError' })).toEqual({ kind: 'busy' });
  });

  it('takes 410 as done where something was to be deleted, and nowhere else', () => {
    expect(CALLS.map((call) => readReply(call, 410, {}).kind)).toEqual([
      'rejected',
      'rejected',
      'rejected',
      'gone',
      'gone',
    ]);
    expect(readStanding(true, 410, {})).toEqual({ kind: 'gone' });
    expect(readStanding(false, 410, {})).toEqual({ kind: 'running' });
  });

  it('asks again after anything that is no answer of last operation', () => {
    for (const [status, body] of [
      [404, {}],
      [500, {}],
      [null, null],
      [200, { state: 'maybe' }],
    ] as const)
      expect(readStanding(false, status, body)).toEqual({ kind: 'running' });
  });

  it('gives what it makes the same UUID each time', () => {
    const id = `op_${'0123456789abcdef'.repeat(2)}`;
    expect(brokerIdOf(id)).toBe('01234567-89ab-8def-8123-456789abcdef');
  });
});
