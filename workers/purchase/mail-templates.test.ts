import { beforeAll, describe, expect, it, vi } from 'vitest';
import { mailPreviewSchema, mailTemplateListSchema } from '#shared/contracts/http/mail-templates.ts';
import { newId } from '#shared/ids/ids.ts';
import { bindingMailer } from '#shared/mail/mail.ts';
import { workerEnv } from '#shared/testing/runtime.ts';
import { mailsOf, openShop, OPERATOR, place, request, variant } from './testing/shop.ts';

beforeAll(openShop);
const send = (method: string, path: string, body?: unknown) =>
  request(method, `/v1/mail-templates${path}`, { as: OPERATOR, ...(body === undefined ? {} : { body }) });

describe('the merchant’s own words', () => {
  it('are used in mails from then on, and ours again once they are taken back', async () => {
    const thing = await variant();
    const body = { lines: [{ variantId: thing.variantId, quantity: 1 }], locale: 'de-CH' };
    expect((await send('PUT', '/placed/de', { subject: 'Ihr {number}', lead: null })).status).toBe(200);
    const order = await place(newId('user'), body);
    await vi.waitFor(() => expect(mailsOf(order.id)).toHaveLength(1));
    expect(mailsOf(order.id)[0]).toMatchObject({
      subject: `Ihr ${order.number}`,
      text: expect.stringContaining('Vielen Dank für Ihre Bestellung') as string,
    });
    const listed = mailTemplateListSchema.parse(await (await send('GET', '')).json());
    expect(listed.items.find(({ kind, language }) => kind === 'placed' && language === 'de')).toMatchObject({
      own: { subject: 'Ihr {number}', lead: null },
    });
    expect((await send('DELETE', '/placed/de')).status).toBe(204);
    const next = await place(newId('user'), body);
    await vi.waitFor(() =>
      expect(mailsOf(next.id)[0]?.subject).toBe(`Bestellung ${next.number}: eingegangen`),
    );
  });

  it('can be seen before they are used', async () => {
    const shown = await send('POST', '/refunded/fr/preview', { subject: null, lead: 'Voici {amount} <3' });
    const mail = mailPreviewSchema.parse(await shown.json());
    expect(mail.text).toContain('Voici 107,00');
    expect(mail.html).toContain('&lt;3');
    expect(mail.subject).toBe('Commande TP-7K3M9Q2X : remboursée');
  });

  it.each([
    ['a name nobody fills in', { subject: '{customer}', lead: null }],
    ['a line break', { subject: 'a\nBcc: b', lead: null }],
    ['nothing', { subject: '', lead: null }],
    ['more than a subject', { subject: 'x'.repeat(151), lead: null }],
  ])('may not be %s', async (_, body) => {
    expect((await send('PUT', '/placed/en', body)).status).toBe(422);
  });

  it('are in kinds and languages there are, and for operators alone', async () => {
    expect((await send('PUT', '/spam/en', { subject: null, lead: null })).status).toBe(422);
    expect((await send('PUT', '/placed/tlh', { subject: null, lead: null })).status).toBe(422);
    const as: [string, 'customer'] = [newId('user'), 'customer'];
    expect((await request('GET', '/v1/mail-templates', { as })).status).toBe(403);
  });
});

it('a mail leaves through the platform’s own e-mail binding where that is configured', async () => {
  const { EMAIL } = workerEnv<{ EMAIL: SendEmail }>();
  const mailer = bindingMailer({ binding: EMAIL, from: 'Shop <no-reply@shop.test>' });
  const mail = { to: 'a@mail.test', subject: 'S', text: 't', html: '<p>t</p>', idempotencyKey: 'k' };
  expect(await mailer.send(mail)).toEqual({ state: 'taken' });
});
