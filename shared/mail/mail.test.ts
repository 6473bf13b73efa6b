import { afterEach, describe, expect, it, vi } from 'vitest';
import { bindingMailer, httpMailer, type Mail, mailerOf } from './mail.ts';

const mail: Mail = { to: 'a@mail.test', subject: 'S', text: 't', html: '<p>t</p>', idempotencyKey: 'k' };
const settings = {
  MAIL_PROVIDER: 'http',
  MAIL_API_BASE: 'https://mail.test',
  MAIL_API_KEY: 're_1',
  MAIL_FROM: 'Shop <no-reply@shop.test>',
};
afterEach(() => vi.restoreAllMocks());

describe('the HTTP provider', () => {
  const mailer = httpMailer({ apiBase: 'https://mail.test', apiKey: 're_1', from: 'Shop <x@shop.test>' });
  const answering = (status: number, body: unknown) =>
    vi.spyOn(globalThis, 'fetch').mockResolvedValue(Response.json(body, { status }));

  it('gets the key of the event with the mail, so that a repeat is no second mail', async () => {
    const fetched = answering(200, { id: '1' });
    expect(await mailer.send(mail)).toEqual({ state: 'taken' });
    const [url, init] = fetched.mock.calls[0] ?? [];
    expect([url, init?.headers]).toMatchObject([
      'https://mail.test/emails',
      { 'idempotency-key': 'k', authorization: 'Bearer re_1' },
    ]);
  });

  it.each([
    [422, 'validation_error'],
    [400, 'invalid_parameter'],
    [413, 'too_large'],
  ])('may refuse a mail for good: %i', async (status, name) => {
    answering(status, { name, message: 'bad address' });
    expect(await mailer.send(mail)).toEqual({ state: 'refused', reason: 'bad address' });
  });

  it.each([
    [500, 'internal_server_error'],
    [503, 'unavailable'],
    [429, 'rate_limit_exceeded'],
    [409, 'concurrent_idempotent_requests'],
    [401, 'missing_api_key'],
    [403, 'invalid_api_key'],
  ])('is asked again after %i %s, because the mail itself is good', async (status, name) => {
    answering(status, { name, message: 'later' });
    await expect(mailer.send(mail)).rejects.toThrow('later');
  });

  it('has told the customer already when the key was used for other words', async () => {
    answering(409, { name: 'invalid_idempotent_request', message: 'used for another payload' });
    expect(await mailer.send(mail)).toEqual({ state: 'taken' });
  });
});

describe('the e-mail binding', () => {
  const failing = (code: string) =>
    bindingMailer({
      binding: { send: () => Promise.reject(Object.assign(new Error('no'), { code })) },
      from: 'Shop <no-reply@shop.test>',
    });

  it('gets sender and name apart, both bodies and the key', async () => {
    const send = vi.fn<(message: unknown) => Promise<unknown>>().mockResolvedValue({ messageId: '1' });
    const mailer = bindingMailer({
      binding: { send } as unknown as SendEmail,
      from: 'Shop <no-reply@shop.test>',
    });
    expect(await mailer.send(mail)).toEqual({ state: 'taken' });
    expect(send.mock.calls[0]?.[0]).toEqual({
      from: { name: 'Shop', email: 'no-reply@shop.test' },
      to: 'a@mail.test',
      subject: 'S',
      text: 't',
      html: '<p>t</p>',
      headers: { 'X-Entity-Ref-ID': 'k' },
    });
  });

  it('refuses a suppressed address for good and is asked again when it is busy', async () => {
    expect(await failing('E_RECIPIENT_SUPPRESSED').send(mail)).toEqual({ state: 'refused', reason: 'no' });
    await expect(failing('E_RATE_LIMIT_EXCEEDED').send(mail)).rejects.toThrow('no');
    await expect(failing('E_INTERNAL_SERVER_ERROR').send(mail)).rejects.toThrow('no');
  });
});

describe('which provider is used', () => {
  it('is what the configuration says, and an incomplete one stops everything rather than lose mails', () => {
    expect(Object.keys(mailerOf(settings))).toEqual(['send']);
    expect(() => mailerOf({ ...settings, MAIL_PROVIDER: 'cloudflare' })).toThrow('no EMAIL is bound');
    expect(() => mailerOf({ ...settings, MAIL_PROVIDER: 'smtp' })).toThrow('neither');
  });
});
