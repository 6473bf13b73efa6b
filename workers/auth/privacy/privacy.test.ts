import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { DataRequests } from '#objects/data-requests/object.ts';
import { ERASURE_STEPS, newRequest } from '#objects/data-requests/machine.ts';
import {
  customerDataRequestPageSchema,
  dataDocumentSchema,
  dataRequestListSchema,
  dataRequestSchema,
  obstaclesSchema,
  erasedAgainSchema,
  replayedErasuresSchema,
} from '#shared/contracts/http/data-requests.ts';
import { newId } from '#shared/ids/ids.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import { DAY_MS } from '#shared/time/time.ts';
import type { Env } from '../env.ts';
import { authWorld, GOOD_PASSWORD, newIp, parsed } from '../testing/harness.ts';
import { sendOwedMails } from '../usecases/send-mail.ts';
import { callerOf } from './caller.ts';
import { takeErasureBack } from './requests.ts';
import { takeStep } from './steps.ts';
import { tellOf } from './tell.ts';
import type { FakeSubject } from './testing/fake-subjects.ts';

beforeAll(migrateDatabases);

const env = workerEnv<Env>();
const patient = authWorld();
/** Nothing waits in it. */
const auth = authWorld({ ...env, ERASURE_GRACE_SECONDS: '0' });
const purchase = env.DATA_PURCHASE as unknown as FakeSubject;
const payments = env.DATA_PAYMENTS as unknown as FakeSubject;

type World = typeof auth;
type Person = Awaited<ReturnType<World['newAccount']>>;
const idOf = (person: Person): string => person.tokens.user.id;

const ask = (world: World, token: string, kind: 'export' | 'erasure', key: string = crypto.randomUUID()) =>
  world.call('/v1/auth/data-requests', { token, body: { kind }, headers: { 'idempotency-key': key } });
const asked = async (world: World, person: Person, kind: 'export' | 'erasure') =>
  parsed(await ask(world, person.tokens.accessToken, kind), dataRequestSchema);

const objectOf = (id: string) =>
  env.DATA_REQUESTS.getByName(id) as unknown as DurableObjectStub<DataRequests>;
const call = { requestId: 'test' };

const rests = (id: string, token: string) =>
  runInDurableObject(objectOf(id), (object) => {
    (object as unknown as { env: { RESTORE_TOKEN: string } }).env.RESTORE_TOKEN = token;
  });

/** Rings the object's alarm, as if what is due at all were due now, until the request has come to one of these states. */
async function settled(id: string, request: { id: string }, ...states: string[]): Promise<string> {
  for (let turn = 0; turn < 200; turn += 1) {
    const found = await objectOf(id).get(call, { id: request.id });
    if (found !== null && states.includes(found.state)) {
      // Once more, so that it is told.
      await runDurableObjectAlarm(objectOf(id));
      return found.state;
    }
    await runInDurableObject(objectOf(id), (_object, state) => {
      state.storage.sql.exec(
        'UPDATE requests SET due_at = 1 WHERE due_at > 0 AND document LIKE \'%"running"%\'',
      );
      state.storage.sql.exec('UPDATE _alarms SET at = 1');
      void state.storage.setAlarm(Date.now());
    });
    await runDurableObjectAlarm(objectOf(id));
  }
  throw new Error(`the request did not come to ${states.join(' or ')}`);
}

const mailsTo = async (world: World, email: string): Promise<string[]> => {
  await sendOwedMails(world.ports());
  return world.world.mails.filter(({ to }) => to === email).map(({ subject }) => subject);
};
/** How the entries of the audit log about a person's request came out, the oldest first. */
const noted = async (id: string, action: string): Promise<unknown[]> => {
  const { results } = await env.AUTH_DB.prepare(
    'SELECT outcome FROM audit_log WHERE subject = ? AND action = ? ORDER BY sequence',
  )
    .bind(id, action)
    .all();
  return results.map((row) => row['outcome']);
};
const count = async (sql: string, ...values: string[]): Promise<number> =>
  (await env.AUTH_DB.prepare(sql)
    .bind(...values)
    .first<number>('n')) ?? 0;

describe('a copy of one’s data', () => {
  it('holds what this worker and all others keep, without secrets, for the person alone', async () => {
    const person = await auth.newAccount();
    const stranger = await auth.newAccount();
    const token = person.tokens.accessToken;
    await purchase.put(idOf(person), [{ order: 1 }, { order: 2 }, { order: 3 }]);
    await payments.put(idOf(person), [{ card: '4242' }]);
    await auth.call('/v1/auth/api-keys', {
      token,
      body: { name: 'ERP', scopes: ['orders.read'], expiresAt: null },
    });
    const made = await asked(auth, person, 'export');
    expect(made).toMatchObject({ kind: 'export', state: 'running', askedBy: 'person', documentUntil: null });
    const path = `/v1/auth/data-requests/${made.id}`;
    await settled(idOf(person), made, 'ready');

    const answer = await auth.call(`${path}/document`, { token });
    expect(answer.headers.get('content-disposition')).toContain(`${made.id}.json`);
    const text = await answer.clone().text();
    const copy = await parsed(answer, dataDocumentSchema);
    const sections = new Set(copy.items.map(({ section }) => section));
    expect([...sections].toSorted()).toEqual([
      'account',
      'apiKeys',
      'devices',
      'events',
      'sessions',
      'things',
    ]);
    expect(copy.items.find(({ section }) => section === 'account')?.data).toMatchObject({
      email: person.email,
    });
    const things = copy.items.filter(({ section }) => section === 'things').map(({ data }) => data);
    expect(things).toEqual([{ order: 1 }, { order: 2 }, { order: 3 }, { card: '4242' }]);
    expect(text).not.toMatch(/argon2|hash/i);

    const strangers = { token: stranger.tokens.accessToken };
    for (const at of [path, `${path}/document`]) expect((await auth.call(at, strangers)).status).toBe(404);
    expect((await auth.call(path, { ...strangers, method: 'DELETE' })).status).toBe(404);
    expect(await mailsTo(auth, person.email)).toContain('The copy of your data is ready');
  });

  it('lies encrypted, is deleted after seven days, and is not fetched after them', async () => {
    const person = await auth.newAccount();
    const made = await asked(auth, person, 'export');
    await settled(idOf(person), made, 'ready');
    const { objects } = await env.DATA_EXPORTS.list({ prefix: `${idOf(person)}/` });
    expect(objects).toHaveLength(1);
    const stored = await (await env.DATA_EXPORTS.get(objects[0]?.key ?? ''))?.text();
    expect(stored).toMatch(/^TPB1/);
    expect(stored).not.toContain(person.email);

    await runInDurableObject(objectOf(idOf(person)), (_object, state) => {
      state.storage.sql.exec('UPDATE requests SET due_at = 1');
    });
    await settled(idOf(person), made, 'expired');
    expect((await env.DATA_EXPORTS.list({ prefix: `${idOf(person)}/` })).objects).toEqual([]);
    const document = await auth.call(`/v1/auth/data-requests/${made.id}/document`, {
      token: person.tokens.accessToken,
    });
    expect(document.status).toBe(410);
  });

  it('is begun once for a key, and once a day', async () => {
    const person = await auth.newAccount();
    const token = person.tokens.accessToken;
    const first = await ask(auth, token, 'export', 'k');
    const again = await ask(auth, token, 'export', 'k');
    expect([first.status, again.status, again.headers.get('idempotent-replayed')]).toEqual([
      202,
      202,
      'true',
    ]);
    expect((await parsed(again, dataRequestSchema)).id).toBe((await parsed(first, dataRequestSchema)).id);
    expect((await ask(auth, token, 'erasure', 'k')).status).toBe(422);
    expect((await ask(auth, token, 'export', 'other')).status).toBe(409);
    expect(await noted(idOf(person), 'account.export_asked')).toEqual(['success', 'failure']);
  });

  it('is begun once of two asked for at a time, and the log says so of one', async () => {
    const person = await auth.newAccount();
    const token = person.tokens.accessToken;
    const answers = await Promise.all([ask(auth, token, 'export'), ask(auth, token, 'export')]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202, 409]));
    const outcomes = new Set(['failure', 'success']);
    expect(new Set(await noted(idOf(person), 'account.export_asked'))).toEqual(outcomes);
    const list = await auth.call('/v1/auth/data-requests', { token });
    const { items } = await parsed(list, dataRequestListSchema);
    await settled(idOf(person), { id: items[0]?.id ?? '' }, 'ready');
    expect(await noted(idOf(person), 'account.export_asked'), 'and once').toHaveLength(2);
  });

  it('is in the log also when whoever began it died before saying so', async () => {
    const person = await auth.newAccount();
    const request = newRequest(
      {
        id: newId('dataRequest'),
        accountId: idOf(person),
        kind: 'export',
        askedBy: idOf(person),
        isRepeat: false,
        requestId: 'req_1',
      },
      Date.now(),
      0,
    );
    for (let times = 0; times < 2; times += 1) await tellOf(auth.ports(), request);
    expect(await noted(idOf(person), 'account.export_asked')).toEqual(['success']);
  });

  it('asks to prove again that it is you', async () => {
    const person = await auth.newAccount();
    await env.AUTH_DB.prepare('UPDATE sessions SET auth_time = auth_time - ? WHERE account_id = ?')
      .bind(DAY_MS, idOf(person))
      .run();
    expect((await ask(auth, person.tokens.accessToken, 'export')).status).toBe(401);
  });
});

describe('an erasure', () => {
  it('takes the person out of every worker, ends every way in and leaves a receipt without a name', async () => {
    const person = await auth.newAccount();
    const token = person.tokens.accessToken;
    const id = idOf(person);
    await purchase.put(id, [1, 2, 3]);
    const copy = await asked(auth, person, 'export');
    await settled(id, copy, 'ready');
    const made = await asked(auth, person, 'erasure');
    await settled(id, made, 'done');

    expect(await purchase.left(id)).toEqual([]);
    expect((await auth.call('/v1/auth/me', { token })).status).toBe(401);
    expect((await auth.refresh(person.tokens.refreshToken)).status).toBe(401);
    expect((await auth.signIn(person.email, GOOD_PASSWORD, { ip: newIp() })).status).toBe(401);
    expect((await env.DATA_EXPORTS.list({ prefix: `${id}/` })).objects, 'the copy went too').toEqual([]);
    expect(await count('SELECT count(*) AS n FROM passwords WHERE account_id = ?', id)).toBe(0);
    expect(await count('SELECT count(*) AS n FROM accounts WHERE id = ? AND deleted_at > 0', id)).toBe(1);
    expect(await count('SELECT count(*) AS n FROM erasures WHERE account_id = ? AND done_at > 0', id)).toBe(
      1,
    );
    const marks = await env.BACKUPS.list({ prefix: 'erasures/' });
    expect(marks.objects.map(({ key }) => key.split('/')[2])).toContain(id);

    const staff = await auth.newAdministrator();
    const { items } = await parsed(
      await auth.call(`/v1/auth/accounts/${id}/data-requests`, { token: staff.tokens.accessToken }),
      dataRequestListSchema,
    );
    expect(items.map(({ kind, state }) => [kind, state])).toEqual([
      ['erasure', 'done'],
      ['export', 'expired'],
    ]);
    expect(items[0]).toMatchObject({
      erased: { things: 3, accounts: 1, passwords: 1 },
      kept: [
        { section: 'invoices', because: 'tax_law' },
        { section: 'audit_log', because: 'security_log' },
        { section: 'support_accesses', because: 'security_log' },
      ],
    });
    expect(await mailsTo(auth, person.email)).toContain('Your account is deleted');
    const again = await auth.newAccount({ email: person.email });
    expect(idOf(again), 'the address is free again').not.toBe(id);
  });

  it('waits for seven days in which the person signs in, and takes it back', async () => {
    const person = await patient.newAccount();
    const made = await asked(patient, person, 'erasure');
    expect(made.state).toBe('waiting');
    const inDays = (Date.parse(made.erasesAt ?? '') - Date.parse(made.askedAt)) / DAY_MS;
    expect(inDays).toBe(7);
    await runDurableObjectAlarm(objectOf(idOf(person)));
    expect((await patient.signIn(person.email, GOOD_PASSWORD, { ip: person.ip })).status).toBe(200);
    const token = person.tokens.accessToken;
    const cancel = () => patient.call(`/v1/auth/data-requests/${made.id}`, { method: 'DELETE', token });
    expect(await parsed(await cancel(), dataRequestSchema)).toMatchObject({
      state: 'cancelled',
      erasesAt: null,
    });
    expect((await cancel()).status, 'a repeat is the same').toBe(200);
    await runDurableObjectAlarm(objectOf(idOf(person)));
    const subjects = await mailsTo(patient, person.email);
    expect(subjects.filter((subject) => /will be deleted|stays/.test(subject))).toEqual([
      'Your account will be deleted',
      'Your account stays',
    ]);
    expect((await ask(patient, token, 'erasure')).status, 'and can be asked again').toBe(202);
  });

  it('is taken back by nobody before the log says who asked for that', async () => {
    const person = await patient.newAccount();
    await asked(patient, person, 'erasure');
    const ports = patient.ports();
    const refused = { ...ports, commit: () => Promise.reject(new Error('the log is away')) };
    await expect(takeErasureBack(refused, callerOf('req_1'), idOf(person))).rejects.toThrow('log is away');
    expect(await objectOf(idOf(person)).list(call)).toMatchObject([{ state: 'waiting' }]);
    await takeErasureBack(ports, callerOf('req_1'), idOf(person));
    expect(await noted(idOf(person), 'account.erasure_cancel_asked')).toEqual(['success']);
  });

  it('is told for as long as it waits, when mails cannot be sent for days', async () => {
    const person = await patient.newAccount();
    await asked(patient, person, 'erasure');
    await runDurableObjectAlarm(objectOf(idOf(person)));
    patient.world.offsetMs += 6 * DAY_MS;
    expect(await mailsTo(patient, person.email)).toContain('Your account will be deleted');
    patient.world.offsetMs -= 6 * DAY_MS;
  });

  it('that a thief asked for is taken back with the link in the mail that tells of it', async () => {
    const person = await patient.newAccount();
    const made = await asked(patient, person, 'erasure');
    await runDurableObjectAlarm(objectOf(idOf(person)));
    await sendOwedMails(patient.ports());
    const body = { token: patient.linkToken(person.email) };
    expect((await patient.call('/v1/auth/not-me', { body })).status).toBe(204);
    expect(await objectOf(idOf(person)).get(call, { id: made.id })).toMatchObject({ state: 'cancelled' });
    expect(await noted(idOf(person), 'account.erasure_cancelled')).toEqual(['success']);
    expect((await patient.refresh(person.tokens.refreshToken)).status).toBe(401);
  });

  it('is not begun while something stands against it, which the answer names', async () => {
    const person = await auth.newAccount();
    await purchase.obstruct(idOf(person), [{ code: 'order_open', subject: 'ord_1' }]);
    await payments.obstruct(idOf(person), [{ code: 'dispute_open', subject: 'pi_1' }]);
    const answer = await ask(auth, person.tokens.accessToken, 'erasure');
    expect(answer.status).toBe(409);
    expect(obstaclesSchema.parse(await answer.json()).obstacles).toEqual([
      { code: 'dispute_open', subject: 'pi_1' },
      { code: 'order_open', subject: 'ord_1' },
    ]);
  });

  it('of the last administrator, and of the last owner of an organisation, is not begun', async () => {
    await env.AUTH_DB.prepare("DELETE FROM account_roles WHERE role = 'admin'").run();
    const { id, tokens } = await auth.newAdministrator();
    const made = await auth.call('/v1/auth/organisations', {
      token: tokens.accessToken,
      body: { name: 'Ann Ltd' },
    });
    const organisation = (await made.json()) as { id: string };
    const answer = await ask(auth, tokens.accessToken, 'erasure');
    expect(obstaclesSchema.parse(await answer.json()).obstacles).toEqual([
      { code: 'last_owner', subject: organisation.id },
      { code: 'last_administrator', subject: id },
    ]);
  });

  it('that meets an obstacle at the end of its wait erases nothing and says so', async () => {
    const person = await patient.newAccount();
    const made = await asked(patient, person, 'erasure');
    await purchase.put(idOf(person), [1]);
    await purchase.obstruct(idOf(person), [{ code: 'order_open', subject: 'ord_2' }]);
    await runInDurableObject(objectOf(idOf(person)), (_object, state) => {
      state.storage.sql.exec('UPDATE requests SET due_at = 1');
    });
    await settled(idOf(person), made, 'refused');
    expect(await purchase.left(idOf(person))).toEqual([1]);
    expect((await patient.signIn(person.email, GOOD_PASSWORD, { ip: person.ip })).status).toBe(200);
    expect(await mailsTo(patient, person.email)).toContain('Your account could not be deleted');
    const shown = await patient.call(`/v1/auth/data-requests/${made.id}`, {
      token: person.tokens.accessToken,
    });
    expect(await parsed(shown, dataRequestSchema)).toMatchObject({
      state: 'refused',
      obstacles: [{ code: 'order_open', subject: 'ord_2' }],
    });
  });

  it('goes on by itself when a service was away, and waits for staff when it stays away', async () => {
    const staff = await auth.newAdministrator();
    const [brief, long] = [await auth.newAccount(), await auth.newAccount()];
    await purchase.put(idOf(brief), [1, 2, 3]);
    await purchase.failNext(idOf(brief), 2);
    await settled(idOf(brief), await asked(auth, brief, 'erasure'), 'done');
    expect(await purchase.left(idOf(brief))).toEqual([]);

    await payments.failNext(idOf(long), 20);
    const made = await asked(auth, long, 'erasure');
    await settled(idOf(long), made, 'failed');
    const token = staff.tokens.accessToken;
    const failed = await auth.call('/v1/auth/customer-data-requests?state=failed', { token });
    expect((await parsed(failed, customerDataRequestPageSchema)).items).toEqual([
      expect.objectContaining({ id: made.id, accountId: idOf(long), error: 'payments: the service is away' }),
    ]);
    const path = `/v1/auth/accounts/${idOf(long)}`;
    const opened = await auth.call(`${path}/status`, { method: 'PUT', token, body: { status: 'active' } });
    expect(opened.status, 'nobody opens what is being erased').toBe(409);
    const retry = () => auth.call(`${path}/data-requests/${made.id}/retry`, { method: 'POST', token });
    expect((await retry()).status).toBe(200);
    await settled(idOf(long), made, 'done');
    expect((await retry()).status).toBe(409);
  });

  it('may be asked for by staff who hold the permission, and be taken back', async () => {
    const staff = await patient.newAdministrator();
    const person = await patient.newAccount();
    const path = `/v1/auth/accounts/${idOf(person)}/data-requests`;
    const wanted = { body: { kind: 'erasure' }, headers: { 'idempotency-key': 'by-staff' } };
    expect((await patient.call(path, { ...wanted, token: person.tokens.accessToken })).status).toBe(403);
    const token = staff.tokens.accessToken;
    const made = await parsed(await patient.call(path, { ...wanted, token }), dataRequestSchema);
    expect(made).toMatchObject({ askedBy: 'staff', accountId: idOf(person), state: 'waiting' });
    const cancelled = await patient.call(`${path}/${made.id}`, { method: 'DELETE', token });
    expect((await parsed(cancelled, dataRequestSchema)).state).toBe('cancelled');
    const nobody = await patient.call(`/v1/auth/accounts/${newId('user')}/data-requests`, {
      ...wanted,
      token,
    });
    expect(nobody.status).toBe(404);
    const said = 'SELECT count(*) AS n FROM audit_log WHERE subject = ? AND actor_id = ? AND action = ?';
    expect(await count(said, idOf(person), staff.id, 'account.erasure_asked')).toBe(1);
    expect(await count(said, idOf(person), staff.id, 'account.erasure_cancelled')).toBe(1);
  });

  it('is done again after a restore brought the person back, without a mail and however often it is asked', async () => {
    const staff = await auth.newAdministrator();
    const token = staff.tokens.accessToken;
    const person = await auth.newAccount();
    const id = idOf(person);
    const row = await env.AUTH_DB.prepare('SELECT email_index, email_sealed FROM accounts WHERE id = ?')
      .bind(id)
      .first<{ email_index: string; email_sealed: string }>();
    await settled(id, await asked(auth, person, 'erasure'), 'done');
    const before = (await mailsTo(auth, person.email)).length;

    await env.AUTH_DB.batch([
      env.AUTH_DB.prepare(
        "UPDATE accounts SET email_index = ?, email_sealed = ?, status = 'active', deleted_at = NULL WHERE id = ?",
      ).bind(row?.email_index, row?.email_sealed, id),
      env.AUTH_DB.prepare('DELETE FROM erasures'),
    ]);
    await purchase.put(id, [1, 2]);
    let after: string | null = null;
    let begun = 0;
    do {
      const answer = await auth.call('/v1/auth/erasures/replay', { token, body: { since: null, after } });
      const replayed = await parsed(answer, replayedErasuresSchema);
      begun += replayed.begun;
      after = replayed.next;
    } while (after !== null);
    expect(begun).toBeGreaterThan(0);
    const [again] = await objectOf(id).list(call);
    await settled(id, again ?? { id: '' }, 'done');
    expect(again?.isRepeat).toBe(true);
    expect(await purchase.left(id)).toEqual([]);
    expect(await count('SELECT count(*) AS n FROM accounts WHERE id = ? AND deleted_at > 0', id)).toBe(1);
    expect((await mailsTo(auth, person.email)).length).toBe(before);
    const future = { since: '2999-01-01T00:00:00Z', after: null };
    const none = await auth.call('/v1/auth/erasures/replay', { token, body: future });
    expect(await parsed(none, replayedErasuresSchema)).toEqual({ begun: 0, next: null });
  });

  it('is done again by the restore itself, before anybody signs in and while all else about data rests', async () => {
    const person = await auth.newAccount();
    const id = idOf(person);
    await settled(id, await asked(auth, person, 'erasure'), 'done');
    const waits = await auth.newAccount();
    await env.AUTH_DB.prepare('DELETE FROM erasures').run();
    await purchase.put(id, [1, 2, 3]);
    await purchase.put(idOf(waits), [1]);
    for (const each of [id, idOf(waits)]) await rests(each, 'restore');
    const other = await asked(auth, waits, 'erasure');

    const path = '/v1/backups/auth/erase-again';
    const first = { since: null, after: null, run: null };
    expect((await auth.call(path, { body: first })).status).toBe(404);
    const restored = authWorld({ ...env, RESTORE_TOKEN: 'token' });
    expect((await restored.call(path, { body: first })).status).toBe(401);
    const headers = { 'x-restore-token': 'token' };
    let run: string | null = null;
    const pass = async () => {
      const left: string[] = [];
      let after: string | null = null;
      do {
        const body: object = { since: null, after, run };
        const page: z.infer<typeof erasedAgainSchema> = await parsed(
          await restored.call(path, { body, headers }),
          erasedAgainSchema,
        );
        ({ run, next: after } = page);
        left.push(...page.left.map(({ accountId }) => accountId));
      } while (after !== null);
      return left;
    };
    expect(await pass()).toContain(id);
    const [again] = await objectOf(id).list(call);
    expect(again).toMatchObject({ isRepeat: true, askedBy: 'restore' });
    await settled(id, again ?? { id: '' }, 'done');
    expect(await pass()).not.toContain(id);
    expect(await purchase.left(id)).toEqual([]);
    expect((await objectOf(id).list(call)).filter(({ isRepeat }) => isRepeat)).toHaveLength(1);
    const said = 'SELECT count(*) AS n FROM audit_log WHERE subject = ? AND actor_id IS NULL AND action = ?';
    expect(await count(said, id, 'account.closed_for_erasure')).toBe(1);

    await runDurableObjectAlarm(objectOf(idOf(waits)));
    expect(await objectOf(idOf(waits)).get(call, { id: other.id })).toMatchObject({ step: 0 });
    expect(await purchase.left(idOf(waits))).toEqual([1]);
    await rests(idOf(waits), '');
    await settled(idOf(waits), other, 'done');
  });

  it('begins anew where a restore undid what an erasure under way had erased', async () => {
    const person = await auth.newAccount();
    const id = idOf(person);
    await purchase.put(id, [1]);
    const request = await asked(auth, person, 'erasure');
    await payments.failNext(id, 1_000);
    await settled(id, request, 'failed');
    expect(await purchase.left(id)).toEqual([]);
    await purchase.put(id, [1]);
    await payments.failNext(id, 0);
    const again = {
      id: newId('dataRequest'),
      accountId: id,
      kind: 'erasure' as const,
      askedBy: 'restore',
      graceMs: 0,
      isRepeat: true,
      once: null,
    };
    await objectOf(id).ask(call, again);
    await settled(id, request, 'done');
    expect(await purchase.left(id)).toEqual([]);
  });

  it('comes to the same when each step is taken twice, as after a crash that lost its answer', async () => {
    const person = await auth.newAccount();
    const id = idOf(person);
    await purchase.put(id, [1]);
    const base = { id: newId('dataRequest'), accountId: id, kind: 'erasure' as const, askedBy: id };
    const request = newRequest({ ...base, requestId: 'req_1', isRepeat: false }, Date.now(), 0);
    for (const step of ERASURE_STEPS.keys()) {
      await takeStep(auth.ports(), { ...request, step });
      expect(await takeStep(auth.ports(), { ...request, step })).toMatchObject({ next: null, obstacles: [] });
    }
    expect(
      await count("SELECT count(*) AS n FROM audit_log WHERE subject = ? AND action = 'account.deleted'", id),
    ).toBe(1);
    const marks = await env.BACKUPS.list({ prefix: 'erasures/' });
    expect(marks.objects.filter(({ key }) => key.endsWith(id))).toHaveLength(1);
    expect((await mailsTo(auth, person.email)).filter((subject) => subject.includes('deleted'))).toHaveLength(
      1,
    );
  });
});
