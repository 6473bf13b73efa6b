import { Hono } from 'hono';
import { Problem, PROBLEMS, type ProblemSlug } from '#shared/http/problems.ts';
import type { PageEnv } from '../env.ts';
import { document, Shell } from './layout.tsx';
import { Marked } from './parts.tsx';

const isSlug = (slug: string): slug is ProblemSlug => Object.hasOwn(PROBLEMS, slug);

/** What each problem `type` points at (RFC 9457 §3.1.1). */
export const problem = new Hono<PageEnv>().get('/problems/:slug', (c) => {
  const slug = c.req.param('slug');
  if (!isSlug(slug)) throw new Problem({ slug: 'not-found', detail: 'There is no such problem.' });
  const { status, title, advice } = PROBLEMS[slug];
  c.header('cache-control', 'public, max-age=3600');
  return c.html(
    document(
      <Shell title={title}>
        <h1>{title}</h1>
        <dl>
          <dt>Type</dt>
          <dd>
            <code>/problems/{slug}</code>
          </dd>
          <dt>Status</dt>
          <dd>{status}</dd>
          <dt>What to do</dt>
          <dd>
            <Marked text={advice} />
          </dd>
        </dl>
        <p>
          <a href="/docs#problems">All problem types</a>
        </p>
      </Shell>,
    ),
  );
});
