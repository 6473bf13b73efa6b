import type { Context } from 'hono';
import type { PageEnv } from '../env.ts';
import { page } from './layout.tsx';

/**
 * Leads on by a page rather than by a redirect. The address may be an application's, and a browser that comes from a form
 * of ours follows no redirect to another site (CSP `form-action`).
 */
export function onward(c: Context<PageEnv>, target: string, name: string) {
  c.header('refresh', `0;url=${target}`);
  return page(c, {
    title: 'One moment',
    children: (
      <div class="narrow">
        <h1>One moment</h1>
        <p>
          <a href={target}>Go on to {name}</a>
        </p>
      </div>
    ),
  });
}
