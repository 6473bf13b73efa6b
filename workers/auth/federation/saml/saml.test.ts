import { beforeAll, describe, expect, inject, it } from 'vitest';
import { connectionTestSchema, samlMetadataSchema } from '#shared/contracts/http/federation.ts';
import { toBase64 } from '#shared/crypto/bytes.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { parsed } from '../../testing/harness.ts';
import { atSamlProvider as atProvider, federationWorld, tokensOf } from '../testing/federation-world.ts';
import { parseXml } from './xml.ts';

beforeAll(migrateDatabases);
const world = federationWorld();
const idp = inject('samlIdp');
const EMAIL = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress';

const read = async (input: object) =>
  world.call('/v1/auth/saml-metadata', { body: input, token: await world.adminToken() });

async function connected(settings: object = {}) {
  const told = await parsed(await read({ url: `${idp}/metadata` }), samlMetadataSchema);
  return world.connect({
    kind: 'saml',
    name: 'People',
    domains: [`${crypto.randomUUID()}.test`],
    settings: { ...told, mapping: { email: EMAIL }, ...settings },
  });
}

describe('a real SAML identity provider', () => {
  it('is connected by its metadata, and told of us by ours', async () => {
    const connection = await connected();
    expect(connection.ours.metadataUrl).toBe(
      `https://shop.test/v1/auth/federation/${connection.id}/metadata`,
    );
    const ours = await world.call(`/v1/auth/federation/${connection.id}/metadata`);
    const xml = await ours.text();
    expect(ours.headers.get('content-type')).toBe('application/samlmetadata+xml');
    expect(parseXml(xml.replace(/^<\?xml[^>]*>/, '')).localName).toBe('EntityDescriptor');
    expect(xml).toContain(`entityID="${connection.ours.metadataUrl}"`);
    expect(xml).toContain(`Location="${connection.ours.callbackUrl}"`);
    const path = `/v1/auth/connections/${connection.id}/test`;
    const token = await world.adminToken();
    const found = await parsed(await world.call(path, { method: 'POST', token }), connectionTestSchema);
    expect(found.works).toBe(true);
  });

  it.each(['assertion', 'response', 'both'])('signs people in when it signs the %s', async (sign) => {
    const connection = await connected({ emails: 'never' });
    const person = `person-${crypto.randomUUID()}`;
    const { tokens } = await world.newAccount();
    const token = tokens.accessToken;
    const browser = world.newBrowser();
    const linking = await browser.begin(connection.id, { purpose: 'link' }, { token });
    const answer = await atProvider(linking, connection, person, sign);
    expect((await browser.finish(connection.id, answer, { token })).status).toBe(200);
    const location = await browser.begin(connection.id);
    const again = await atProvider(location, connection, person, sign);
    const { user } = await tokensOf(await browser.finish(connection.id, again));
    expect(user.id).toBe(tokens.user.id);
  });

  it('makes accounts for people of its own domains, by the attribute it is told to read', async () => {
    const connection = await connected();
    const body = {
      kind: 'saml',
      name: 'People',
      domains: ['people.test'],
      settings: connection.settings,
    };
    const path = `/v1/auth/connections/${connection.id}`;
    const token = await world.adminToken();
    const headers = { 'if-match': '"1"' };
    const changed = await world.call(path, { method: 'PUT', body, token, headers });
    expect(changed.status).toBe(200);
    const person = `person-${crypto.randomUUID()}`;
    const browser = world.newBrowser();
    const answer = await atProvider(await browser.begin(connection.id), connection, person, 'both');
    const { user } = await tokensOf(await browser.finish(connection.id, answer));
    expect(user).toMatchObject({ email: `${person}@people.test`, roles: ['customer'] });
  });
});

describe('metadata of an identity provider', () => {
  it.each([
    ['with a document type', '<!DOCTYPE x><md:EntityDescriptor/>'],
    ['that is no metadata', '<x/>'],
    ['of many entities', '<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"/>'],
    [
      'of no identity provider',
      '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"/>',
    ],
    ['that is not well-formed', '<md:EntityDescriptor'],
  ])('%s is refused', async (_, xml) => {
    expect((await read({ xml })).status).toBe(422);
  });

  it('is not fetched from where nothing public is', async () => {
    expect((await read({ url: 'file:///etc/passwd' })).status).toBe(422);
    expect((await read({ url: `${idp}/nothing-here?sign=assertion` })).status).toBe(422);
  });

  it('may name several certificates, of which any signs', async () => {
    const answer = await fetch(`${idp}/metadata`);
    const xml = await answer.text();
    const told = await parsed(await read({ xml }), samlMetadataSchema);
    expect(told.certificates).toHaveLength(1);
    const weak = { ...told, certificates: [toBase64(new Uint8Array(300))] };
    const body = { kind: 'saml', name: 'Weak', settings: weak };
    const refused = await world.call('/v1/auth/connections', { body, token: await world.adminToken() });
    expect(await refused.json()).toMatchObject({ errors: [{ pointer: '/settings/certificates/0' }] });
  });
});
