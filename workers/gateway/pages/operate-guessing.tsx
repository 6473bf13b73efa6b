import type { Context } from 'hono';
import type { z } from 'zod';
import type { guessingSignalPageSchema, guessingSignalSchema } from '#shared/contracts/http/guessing.ts';
import { api, valueOf } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { page } from './layout.tsx';
import { NextPage, Time } from './parts.tsx';

type Signal = z.infer<typeof guessingSignalSchema>;

const KIND_TEXT: Record<Signal['kind'], string> = {
  many_networks: 'One account is tried from many networks',
  many_accounts: 'One network tries many accounts',
  many_accounts_in_range: 'Networks of one range try many accounts',
  site: 'Far more wrong passwords than usual on the whole site',
};

/** For the team: what the guessing of passwords was noticed by. Its victims were told by mail. */
export async function guessingPage(c: Context<PageEnv>) {
  const cursor = c.req.query('cursor');
  const query = new URLSearchParams({ limit: '50', ...(cursor === undefined ? {} : { cursor }) });
  const path = `/v1/auth/guessing-signals?${query.toString()}`;
  const { items, next } = valueOf(
    await api<z.infer<typeof guessingSignalPageSchema>>(c, { method: 'GET', path }),
  );
  return page(c, {
    title: 'Passwords tried',
    children: (
      <>
        <h1>Passwords tried</h1>
        <p>
          <a href="/operate">What needs attention</a>
        </p>
        {items.length === 0 && <p>Nothing unusual.</p>}
        {items.length > 0 && (
          <table>
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">What</th>
                <th scope="col">Network</th>
                <th scope="col">Account</th>
              </tr>
            </thead>
            <tbody>
              {items.map((signal) => (
                <tr>
                  <td>
                    <Time at={signal.at} />
                  </td>
                  <td>{KIND_TEXT[signal.kind]}</td>
                  <td>{signal.network}</td>
                  <td>{signal.accountId ?? 'unknown address'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <NextPage url={c.req.url} next={next} />
      </>
    ),
  });
}
