import { beforeAll, describe, expect, it } from 'vitest';
import {
  invitationListSchema,
  invitationLookSchema,
  invitationSchema,
  organisationListSchema,
} from '#shared/contracts/http/organisations.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { newEmail, parsed } from '../testing/harness.ts';
import { organisationsWorld, type Person } from './testing.ts';

beforeAll(migrateDatabases);
const world = organisationsWorld();
const { accept, as, call, invite, join, linkToken, organisation, person } = world;
const DAY_MS = 24 * 3_600_000;

const isIn = async (who: Person, id: string): Promise<boolean> =>
  (await parsed(await as(who, ''), organisationListSchema)).items.some((each) => each.id === id);

describe('an invitation', () => {
  it('is answered alike for known and unknown addresses, and good for whoever signs up with it later', async () => {
    const own = await organisation();
    const [known, unknown] = [await person(), newEmail()];
    const answers = [await invite(own, known.email, 'buyer'), await invite(own, unknown, 'buyer')];
    const bodies = await Promise.all(answers.map((answer) => parsed(answer, invitationSchema)));
    expect(bodies.map(({ email, role }) => [email, role])).toEqual([
      [known.email, 'buyer'],
      [unknown, 'buyer'],
    ]);
    const texts = [known.email, unknown].map(
      (to) => world.world.mails.findLast((mail) => mail.to === to)?.text,
    );
    const [first, second] = texts.map((text) => text?.replace(/token=[\w-]+/, ''));
    expect(first).toBe(second);
    expect(first).toContain(`${own.owner.email} invites you`);
    const token = linkToken(unknown);
    const look = await call('/v1/auth/organisation-invitations/look', { body: { token } });
    expect(await parsed(look, invitationLookSchema)).toMatchObject({
      organisation: 'Ada and Sons',
      role: 'buyer',
      email: unknown,
    });
    const newcomer = await person(unknown);
    expect((await accept(newcomer, token)).status).toBe(200);
    expect(await isIn(newcomer, own.id)).toBe(true);
    expect((await accept(newcomer, token)).status).toBe(410);
    expect((await invite(own, unknown)).status).toBe(409);
  });

  it('is made of our origin alone, whatever host a request names', async () => {
    const own = await organisation();
    const email = newEmail();
    await as(own.owner, `/${own.id}/invitations`, {
      body: { email },
      headers: { host: 'evil.test', 'x-forwarded-host': 'evil.test' },
    });
    const mail = world.world.mails.findLast((each) => each.to === email);
    expect(mail?.text).toContain('https://shop.test/invitation?token=');
    expect(mail?.text).not.toContain('evil');
  });

  it.each<[string, (setting: Setting) => Promise<Response>, number]>([
    ['used by another account', async ({ token }) => accept(await person(), token), 403],
    [
      'used by nobody in particular',
      ({ token }) => call('/v1/auth/organisation-invitations/accept', { body: { token } }),
      401,
    ],
    [
      'used by somebody who asked to sign up with the address and never proved it',
      async ({ token, email }) => {
        await call('/v1/auth/sign-up', { body: { email }, ip: '10.200.0.1' });
        return call('/v1/auth/organisation-invitations/accept', { body: { token } });
      },
      401,
    ],
    [
      'used after it was revoked',
      async ({ token, email, own, id }) => {
        await as(own.owner, `/${own.id}/invitations/${id}`, { method: 'DELETE' });
        return accept(await person(email), token);
      },
      410,
    ],
    [
      'used by its old link after it was sent again',
      async ({ token, email, own, id }) => {
        await as(own.owner, `/${own.id}/invitations/${id}/resend`, { method: 'POST' });
        return accept(await person(email), token);
      },
      410,
    ],
    [
      'used by the account that had the address, and has another now',
      async ({ token, email }) => {
        const guest = await person(email);
        const moved = newEmail();
        await call('/v1/auth/email-change', {
          token: guest.tokens.accessToken,
          body: { newEmail: moved },
        });
        await call('/v1/auth/email-change/confirm', {
          token: guest.tokens.accessToken,
          body: { token: linkToken(moved) },
        });
        return accept(guest, token);
      },
      403,
    ],
    [
      'used after whoever invited was removed',
      async ({ own }) => {
        const admin = await join(own, 'admin');
        const friend = await person();
        await invite(own, friend.email, 'admin', admin);
        const token = linkToken(friend.email);
        await as(own.owner, `/${own.id}/members/${admin.id}`, { method: 'DELETE' });
        return accept(friend, token);
      },
      410,
    ],
    [
      'to become an owner, used after the owner who invited is none any more',
      async ({ own }) => {
        const friend = await person();
        const second = await join(own, 'owner');
        await invite(own, friend.email, 'owner', second);
        const token = linkToken(friend.email);
        const body = { role: 'admin' };
        await as(own.owner, `/${own.id}/members/${second.id}/role`, { method: 'PUT', body });
        return accept(friend, token);
      },
      410,
    ],
    [
      'used after the organisation was closed',
      async ({ token, email, own }) => {
        const acting = await world.actingFor(own.owner, own.id);
        await as(acting, `/${own.id}`, { method: 'DELETE' });
        return accept(await person(email), token);
      },
      410,
    ],
    ['guessed', async () => accept(await person(), 'A'.repeat(43)), 410],
  ])('%s opens nothing', async (_how, use, status) => {
    const own = await organisation();
    const email = newEmail();
    const { id } = await parsed(await invite(own, email, 'admin'), invitationSchema);
    const answer = await use({ own, email, id, token: linkToken(email) });
    expect(answer.status).toBe(status);
    const { results } = await world.env.AUTH_DB.prepare(
      'SELECT account_id FROM organisation_members WHERE organisation_id = ?',
    )
      .bind(own.id)
      .all();
    const invited = [own.owner.id, ...results.map((row) => String(row['account_id']))];
    expect(invited.filter((each) => each !== own.owner.id).length).toBeLessThanOrEqual(1);
  });

  it('ends after seven days, and can be sent again until then', async () => {
    const own = await organisation();
    const guest = await person();
    const { id } = await parsed(await invite(own, guest.email), invitationSchema);
    world.world.offsetMs = 6.9 * DAY_MS;
    const owner = await world.renewed(own.owner);
    const again = await as(owner, `/${own.id}/invitations/${id}/resend`, { method: 'POST' });
    expect(again.status).toBe(200);
    const token = linkToken(guest.email);
    world.world.offsetMs = 14 * DAY_MS;
    const late = await world.renewed(guest);
    expect((await accept(late, token)).status).toBe(410);
    const still = await world.renewed(owner);
    const listed = await parsed(await as(still, `/${own.id}/invitations`), invitationListSchema);
    expect(listed.items).toEqual([]);
    world.world.offsetMs = 0;
  });

  it('accepted fifty times at once makes one member, told once', async () => {
    const own = await organisation();
    const guest = await person();
    await invite(own, guest.email, 'buyer');
    const token = linkToken(guest.email);
    const answers = await Promise.all(Array.from({ length: 50 }, () => accept(guest, token)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 410)).toHaveLength(49);
    expect(world.mailsTo(guest.email).filter((subject) => subject.startsWith('You are now in'))).toHaveLength(
      1,
    );
  });

  it('is limited to a hundred a day an organisation, and five a mailbox', async () => {
    const own = await organisation();
    const email = newEmail();
    const repeated = await Promise.all(Array.from({ length: 8 }, () => invite(own, email)));
    expect(repeated.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(3);
    const { guard } = world.ports();
    const key = `organisation:${own.id}`;
    for (let more = repeated.length; more < 99; more += 1) {
      await guard.attempt(key, 'invitation.organisation', '', null);
    }
    const last = await Promise.all(Array.from({ length: 3 }, () => invite(own, newEmail())));
    expect(last.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 429, 429]);
  });
});

interface Setting {
  own: { id: string; owner: Person };
  email: string;
  id: string;
  token: string;
}
