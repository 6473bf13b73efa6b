import { describe, expect, it } from 'vitest';
import { httpMailer } from '#shared/mail/mail.ts';
import { sandbox, setFault } from '../testing/sdk.ts';

const send = (mail: Record<string, unknown>, key: string | null = null, apiKey = 're_unit') =>
  sandbox('/emails', {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, ...(key === null ? {} : { 'idempotency-key': key }) },
    body: JSON.stringify({ from: 'Shop <shop@example.com>', subject: 'Hello', ...mail }),
  });
const inbox = async (to: string) => {
  const response = await sandbox(`/mailbox/messages?to=${encodeURIComponent(to)}`);
  return (await response.json<{ items: { id: string; subject: string; to: string[] }[] }>()).items;
};
const newAddress = () => `${crypto.randomUUID()}@example.org`;

describe('the mail provider', () => {
  it('takes a mail and shows it to its recipients, newest first, however they write their address', async () => {
    const address = newAddress();
    const { id } = await (
      await send({ to: `Ann <${address.toUpperCase()}>`, text: 'one' })
    ).json<{ id: string }>();
    await send({ to: [address, newAddress()], text: 'two', subject: 'Again' });
    const mails = await inbox(address);
    expect(mails.map(({ subject }) => subject)).toEqual(['Again', 'Hello']);
    expect(mails[1]?.id).toBe(id);
  });

  it('sends the same key once and refuses another mail under it', async () => {
    const address = newAddress();
    const key = crypto.randomUUID();
    const [first, again] = [await send({ to: address }, key), await send({ to: address }, key)];
    expect(await again.json()).toEqual(await first.json());
    expect((await send({ to: address, text: 'other' }, key)).status).toBe(409);
    expect(await inbox(address)).toHaveLength(1);
  });

  it.each<[string, Record<string, unknown>, string, number]>([
    ['a wrong key', { to: 'a@example.org' }, 're_wrong', 401],
    ['no recipient', {}, 're_unit', 422],
    ['a recipient that is no address', { to: 'nobody' }, 're_unit', 422],
  ])('refuses %s', async (_case, mail, apiKey, status) => {
    expect((await send(mail, null, apiKey)).status).toBe(status);
  });

  it('is down when a switch says so, for the one recipient', async () => {
    const address = newAddress();
    await setFault({ kind: 'mail.down', match: address });
    const statuses = [
      await send({ to: newAddress() }),
      await send({ to: address }),
      await send({ to: address }),
    ];
    expect(statuses.map(({ status }) => status)).toEqual([200, 503, 200]);
  });

  it('speaks what our own mailer speaks', () => {
    expect(
      Object.keys(httpMailer({ apiBase: 'http://sandbox.test', apiKey: 're_unit', from: 'x@example.com' })),
    ).toEqual(['send']);
  });
});

describe('the mailbox page', () => {
  it('shows a mail’s HTML in a frame that can run nothing', async () => {
    const address = newAddress();
    const html = '<script>alert(1)</script><p>"Hi" & bye</p>';
    const { id } = await (await send({ to: address, html, subject: '<b>bold</b>' })).json<{ id: string }>();
    const page = await sandbox(`/mailbox/${id}`);
    const text = await page.text();
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(text).not.toContain('<script>');
    expect(text).not.toContain('<b>bold');
    expect(text).toContain('sandbox="allow-popups allow-popups-to-escape-sandbox"');
    expect(await (await sandbox(`/mailbox?to=${address}`)).text()).toContain(id);
  });
});
