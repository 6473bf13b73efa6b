import { describe, expect, test } from 'vitest';
import { ask, submit } from '../testing/browser.ts';

const send = async (fields: Record<string, string>) => {
  const response = await submit('/not-me', fields);
  return { status: response.status, text: await response.text() };
};

describe('the link that says "not me"', () => {
  test('changes nothing when it is only opened, and asks for nothing first', async () => {
    const text = await (await ask('/not-me?token=app')).text();
    expect(text).toContain('Sign everybody out');
    expect(text).not.toContain('name="password"');
  });

  test('is done at once where no factor stands in the way', async () => {
    const { status, text } = await send({ token: 'plain' });
    expect(status).toBe(200);
    expect(text).toContain('Everybody is signed out');
    expect(text).not.toContain('<h2>A passkey');
  });

  test('asks for what was there before an app, says when it is wrong and asks again, and is done with the right one', async () => {
    const first = await send({ token: 'app' });
    expect(first.text).toContain('Everybody is signed out');
    expect(first.text).toMatch(/name="password"[^>]*type="password"/);
    const needs = /name="needs" value="([^"]*)"/.exec(first.text)?.[1] ?? '';
    expect(needs).toBe('password code');

    const wrong = await send({ token: 'app', needs, password: 'wrong', code: '' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('role="alert"');
    expect(wrong.text).toContain('name="password"');
    expect(wrong.text).not.toContain('value="wrong"');

    for (const shown of [
      { password: 'right', code: '' },
      { password: '', code: ' 123456 ' },
    ]) {
      const right = await send({ token: 'app', needs, ...shown });
      expect(right.status).toBe(200);
      expect(right.text).not.toContain('name="password"');
    }
  });

  test('asks for an older passkey, whose answer goes with the link', async () => {
    const { text } = await send({ token: 'passkey' });
    expect(text).toMatch(/passkeys\.\w+\.js/);
    expect(text).toContain('data-passkey-older');
    expect(text).not.toContain('name="password"');
    const shown = await send({ token: 'passkey', needs: 'passkey', passkey: '{"ceremonyId":"cer_1"}' });
    expect(shown.status).toBe(200);
    expect(shown.text).not.toContain('data-passkey-older');
    expect((await send({ token: 'passkey', needs: 'passkey', passkey: 'no JSON' })).status).toBe(422);
  });

  test('tells staff who had nothing before whom to ask', async () => {
    const { text } = await send({ token: 'staff' });
    expect(text).toContain('ask another administrator');
    expect(text).not.toContain('<button type="submit">It was');
  });

  test('that is spent leads to a new one', async () => {
    const { status, text } = await send({ token: 'bad' });
    expect(status).toBe(422);
    expect(text).toContain('/forgot-password');
  });
});
