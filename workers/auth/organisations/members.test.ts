import { decodeJwt } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  organisationMemberListSchema,
  organisationListSchema,
  organisationMemberSchema,
} from '#shared/contracts/http/organisations.ts';
import { organisationSchema } from '#shared/contracts/http/auth.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { GOOD_PASSWORD, parsed } from '../testing/harness.ts';
import { organisationsWorld, type Organisation, type Person } from './testing.ts';

beforeAll(migrateDatabases);
const world = organisationsWorld();
const { as, join, organisation, person, mailsTo } = world;

const membersOf = async ({ id, owner }: Organisation, by: Person = owner) =>
  (await parsed(await as(by, `/${id}/members?limit=100`), organisationMemberListSchema)).items;
const statuses = (answers: Response[]): number[] =>
  answers.map(({ status }) => status).toSorted((a, b) => a - b);

describe('an organisation', () => {
  it('is owned by whoever makes it, renamed by its administrators, and not there for anybody else', async () => {
    const own = await organisation();
    const [admin, stranger] = [await join(own, 'admin'), await person()];
    const renamed = await as(admin, `/${own.id}`, { method: 'PATCH', body: { name: 'Ada & Daughters' } });
    expect((await parsed(renamed, organisationSchema)).name).toBe('Ada & Daughters');
    const { items } = await parsed(await as(admin, ''), organisationListSchema);
    expect(items).toMatchObject([{ id: own.id, role: 'admin', status: 'active' }]);
    expect((await as(stranger, `/${own.id}`)).status).toBe(404);
    expect((await as(stranger, `/${own.id}/members`)).status).toBe(404);
  });

  it.each(['Visit https://evil.test', 'www.evil.test', 'evil.test/x', 'a@b.test', 'two\nlines', '<b>'])(
    'is not called %j, since its name stands in mails to strangers',
    async (name) => {
      expect((await as(await person(), '', { body: { name } })).status).toBe(422);
    },
  );

  it('that nobody ever acted for is deleted; any other is closed, acted for by nobody, and opened again', async () => {
    const [unused, used] = [await organisation(), await organisation()];
    expect((await as(unused.owner, `/${unused.id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await as(unused.owner, `/${unused.id}`)).status).toBe(404);

    const acting = await world.actingFor(used.owner, used.id);
    expect((await as(acting, `/${used.id}`, { method: 'DELETE' })).status).toBe(204);
    const owner = await world.renewed(acting);
    const { refreshToken } = owner.tokens;
    const asked = { body: { refreshToken, organisationId: used.id } };
    expect((await world.call('/v1/auth/token', asked)).status).toBe(404);
    expect((await as(owner, `/${used.id}`, { method: 'PATCH', body: { name: 'x' } })).status).toBe(409);
    const opened = await as(owner, `/${used.id}/reopen`, { method: 'POST' });
    expect((await parsed(opened, organisationSchema)).status).toBe('active');
    expect((await world.call('/v1/auth/token', asked)).status).toBe(200);
  });
});

describe('a member', () => {
  const roleOf = (by: Person, { id }: Organisation, who: Person, role: string) =>
    as(by, `/${id}/members/${who.id}/role`, { method: 'PUT', body: { role } });
  const remove = (by: Person, { id }: Organisation, who: Person) =>
    as(by, `/${id}/members/${who.id}`, { method: 'DELETE' });

  it('may what their role says, and only owners touch owners', async () => {
    const own = await organisation();
    const [admin, buyer, member, owner] = [
      await join(own, 'admin'),
      await join(own, 'buyer'),
      await join(own, 'member'),
      await join(own, 'owner'),
    ];
    expect((await as(buyer, `/${own.id}/members`)).status).toBe(403);
    expect((await world.invite(own, 'x@mail.test', 'member', buyer)).status).toBe(403);
    expect((await world.invite(own, 'x@mail.test', 'owner', admin)).status).toBe(403);
    expect((await roleOf(admin, own, owner, 'member')).status).toBe(403);
    expect((await roleOf(admin, own, admin, 'owner')).status).toBe(403);
    expect((await remove(admin, own, owner)).status).toBe(403);
    expect((await as(admin, `/${own.id}`, { method: 'DELETE' })).status).toBe(403);
    const changed = await parsed(await roleOf(admin, own, member, 'buyer'), organisationMemberSchema);
    expect(changed.role).toBe('buyer');
    expect((await roleOf(own.owner, own, owner, 'admin')).status).toBe(200);
    expect((await remove(admin, own, buyer)).status).toBe(204);
    expect(mailsTo(member.email)).toContain('Your role in Ada and Sons');
    expect(mailsTo(buyer.email)).toContain('You are no longer in Ada and Sons');
    expect((await membersOf(own)).map(({ role }) => role).sort()).toEqual([
      'admin',
      'admin',
      'buyer',
      'owner',
    ]);
  });

  it('of one organisation is nobody in another, whatever ids are mixed', async () => {
    const [own, other] = [await organisation(), await organisation()];
    const theirs = await join(other, 'member');
    expect((await roleOf(own.owner, own, theirs, 'buyer')).status).toBe(404);
    expect((await remove(own.owner, own, theirs)).status).toBe(404);
    expect((await roleOf(own.owner, other, theirs, 'buyer')).status).toBe(404);
    const body = { accountId: theirs.id };
    expect((await as(own.owner, `/${own.id}/hand-over`, { body })).status).toBe(422);
  });

  it('who is removed loses every right here at once, and none to act for it is given again', async () => {
    const own = await organisation();
    const guest = await join(own, 'admin', await person(undefined, GOOD_PASSWORD));
    const admin = await world.actingFor(guest, own.id);
    expect((await as(admin, `/${own.id}/members`)).status).toBe(200);
    await remove(own.owner, own, admin);
    const revoked = await world.ports().revocations.present(world.clock.now());
    expect(revoked.map(({ subject }) => subject)).toContain(decodeJwt(admin.tokens.accessToken)['sid']);
    expect((await as(admin, `/${own.id}/members`)).status).not.toBe(200);
    const { refreshToken, accessToken } = admin.tokens;
    const body = { refreshToken, organisationId: own.id };
    expect((await world.call('/v1/auth/token', { body })).status).toBe(404);
    const stepUp = { token: accessToken, body: { password: GOOD_PASSWORD } };
    expect((await world.call('/v1/auth/step-up', stepUp)).status).toBe(401);
    expect((await world.call('/v1/auth/token', { body: { refreshToken } })).status).toBe(200);
  });

  it('who owns it alone can neither leave, nor step down, nor be removed; handed over, they can', async () => {
    const own = await organisation();
    const heir = await join(own, 'buyer');
    const leave = (who: Person) => as(who, `/${own.id}/leave`, { method: 'POST' });
    expect((await leave(own.owner)).status).toBe(409);
    expect((await roleOf(own.owner, own, own.owner, 'admin')).status).toBe(409);
    expect((await remove(own.owner, own, own.owner)).status).toBe(409);
    const handed = await as(own.owner, `/${own.id}/hand-over`, { body: { accountId: heir.id } });
    expect((await parsed(handed, organisationMemberSchema)).role).toBe('owner');
    expect([mailsTo(heir.email).at(-1), mailsTo(own.owner.email).at(-1)]).toEqual([
      'Your role in Ada and Sons',
      'Ada and Sons has a new owner',
    ]);
    expect((await leave(await world.renewed(own.owner))).status).toBe(204);
    expect(await membersOf(own, await world.renewed(heir))).toMatchObject([
      { accountId: heir.id, role: 'owner' },
    ]);
  });

  it('an owner whose account is disabled does not count as the one who stays', async () => {
    const own = await organisation();
    const second = await join(own, 'owner');
    await world.env.AUTH_DB.prepare("UPDATE accounts SET status = 'disabled' WHERE id = ?")
      .bind(second.id)
      .run();
    expect((await as(own.owner, `/${own.id}/leave`, { method: 'POST' })).status).toBe(409);
  });
});

describe('many at once', () => {
  it('two owners who leave: one goes, one stays', async () => {
    const own = await organisation();
    const second = await join(own, 'owner');
    const left = await Promise.all(
      [own.owner, second].map((owner) => as(owner, `/${own.id}/leave`, { method: 'POST' })),
    );
    expect(statuses(left)).toEqual([204, 409]);
  });

  it('twenty owners who step down and one who hands over leave an owner', async () => {
    const own = await organisation();
    const owners = [own.owner];
    for (let more = 1; more < 20; more += 1) owners.push(await join(own, 'owner'));
    const [first = own.owner, second = own.owner] = owners;
    await Promise.all([
      ...owners.map((owner) =>
        as(owner, `/${own.id}/members/${owner.id}/role`, { method: 'PUT', body: { role: 'buyer' } }),
      ),
      as(first, `/${own.id}/hand-over`, { body: { accountId: second.id } }),
    ]);
    const { results } = await world.env.AUTH_DB.prepare(
      "SELECT account_id FROM organisation_members WHERE organisation_id = ? AND role = 'owner'",
    )
      .bind(own.id)
      .all();
    expect(results.length).toBeGreaterThanOrEqual(1);
  });

  it('twenty different roles given to one member end in one of them, each change written down once', async () => {
    const own = await organisation();
    const who = await join(own, 'member');
    const given = await Promise.all(
      Array.from({ length: 20 }, (_, turn) =>
        as(own.owner, `/${own.id}/members/${who.id}/role`, {
          method: 'PUT',
          body: { role: turn % 2 === 0 ? 'buyer' : 'admin' },
        }),
      ),
    );
    expect(new Set(statuses(given))).toEqual(new Set([200, 409]));
    const { results } = await world.env.AUTH_DB.prepare(
      "SELECT detail FROM audit_log WHERE subject = ? AND action = 'organisation.role_changed' ORDER BY sequence",
    )
      .bind(who.id)
      .all<{ detail: string }>();
    const changes = results.map(({ detail }) => JSON.parse(detail) as { before: string; after: string });
    expect(changes.map(({ before }) => before)).toEqual([
      'member',
      ...changes.slice(0, -1).map(({ after }) => after),
    ]);
    const present = (await membersOf(own)).find(({ accountId }) => accountId === who.id);
    expect(present?.role).toBe(changes.at(-1)?.after);
  });
});
