import type { Context } from 'hono';
import { html, raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { allows } from '#shared/auth/permissions.ts';
import { ASSETS } from '../assets.generated.ts';
import type { PageEnv } from '../env.ts';

interface Page {
  title: string;
  children: Child;
  status?: ContentfulStatusCode;
  /** Files of our own, by name in `assets`. */
  script?: keyof typeof ASSETS;
  scripts?: readonly (keyof typeof ASSETS)[];
  /** A script of another party, loaded beside ours, which wait for it; its origin must be allowed by the page’s policy. */
  providerScript?: string;
  /** For search engines: what stands under the title, and the thing itself in the words of schema.org. */
  description?: string;
  jsonLd?: object;
  /** Seconds between reloads where scripts are off. */
  reloadSeconds?: number;
}

/** A whole page. Nobody but the browser it was made for may keep it. */
export function page(c: Context<PageEnv>, { status = 200, ...content }: Page): Response | Promise<Response> {
  c.header('cache-control', 'private, no-store');
  const { items } = c.get('cart');
  const { present, roles, organisation } = c.get('session');
  const shell = (
    <Shell
      {...content}
      nav={
        <Nav
          signedIn={present}
          isStaff={allows(roles, 'orders.operate')}
          isActing={organisation !== null}
          items={items}
        />
      }
    />
  );
  return c.html(document(shell), status);
}

export const document = (shell: Child) => html`<!doctype html>${shell}`;

/** The frame around every page. `nav` is left out where a page is the same for everybody and may be cached. */
export const Shell = (props: Omit<Page, 'status'> & { nav?: Child }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{`${props.title} – Tradepost`}</title>
      {props.description !== undefined && <meta name="description" content={props.description} />}
      {props.jsonLd !== undefined && (
        <script type="application/ld+json">
          {raw(JSON.stringify(props.jsonLd).replaceAll('<', '\\u003c'))}
        </script>
      )}
      <link rel="icon" href={ASSETS['icon.svg'].path} type="image/svg+xml" />
      <link rel="stylesheet" href={ASSETS['site.css'].path} />
      {props.providerScript !== undefined && <script src={props.providerScript} async data-provider></script>}
      {[...(props.script === undefined ? [] : [props.script]), ...(props.scripts ?? [])].map((name) => (
        <script type="module" src={ASSETS[name].path}></script>
      ))}
      {props.reloadSeconds !== undefined && (
        <noscript>
          <meta http-equiv="refresh" content={String(props.reloadSeconds)} />
        </noscript>
      )}
    </head>
    <body>
      <a class="skip" href="#content">
        Skip to content
      </a>
      <header class="top">
        {props.nav ?? (
          <nav class="bar" aria-label="Main">
            <a class="home" href="/">
              Tradepost
            </a>
            <a href="/docs">API</a>
          </nav>
        )}
      </header>
      <main id="content">{props.children}</main>
      <footer class="foot">
        <a href="/docs">API reference</a>
      </footer>
    </body>
  </html>
);

interface NavProps {
  signedIn: boolean;
  isStaff: boolean;
  isActing: boolean;
  items: number;
}
const Nav = ({ signedIn, isStaff, isActing, items }: NavProps) => (
  <nav class="bar" aria-label="Main">
    <a class="home" href="/">
      Tradepost
    </a>
    <a href="/cart">Cart ({items})</a>
    {signedIn ? (
      <>
        <a href="/orders">Orders</a>
        <a href="/owned">What I own</a>
        <a href="/account">Account</a>
        {isActing && <a href="/organisations">For an organisation</a>}
        {isStaff && !isActing && <a href="/operate">Operate</a>}
        <form method="post" action="/sign-out">
          <button class="link" type="submit">
            Sign out
          </button>
        </form>
      </>
    ) : (
      <>
        <a href="/sign-in">Sign in</a>
        <a href="/sign-up">Sign up</a>
      </>
    )}
  </nav>
);
