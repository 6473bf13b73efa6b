import type { Child } from 'hono/jsx';
import { raw } from 'hono/html';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 46rem; padding: 1rem; }
nav a { margin-right: 1rem; }
header p { border: 1px solid #b58900; border-radius: .4rem; padding: .4rem .8rem; }
label { display: block; margin: .4rem 0; }
input[type=text] { font: inherit; padding: .3rem .5rem; width: 16rem; max-width: 100%; }
button { font: inherit; padding: .5rem 1.2rem; margin: .4rem .6rem .4rem 0; cursor: pointer; }
fieldset { margin: 1rem 0; }
.error { border-left: .3rem solid #c00; padding: .2rem .8rem; }
.amount { font-size: 1.6rem; font-weight: 600; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #8886; vertical-align: top; }
iframe { width: 100%; height: 24rem; border: 1px solid #8886; background: #fff; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid #268bd2; outline-offset: 2px; }
`;

/** Frame of every page of the sandbox. */
export const Layout = (props: { title: string; children: Child }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{props.title}</title>
      <style>{raw(STYLE)}</style>
    </head>
    <body>
      <header>
        <nav aria-label="Sandbox">
          <a href="/">Sandbox</a>
          <a href="/mailbox">Mailbox</a>
          <a href="/control">Fault switches</a>
        </nav>
        <p>This is a sandbox: no money moves and no mail leaves this machine.</p>
      </header>
      <main>
        <h1>{props.title}</h1>
        {props.children}
      </main>
    </body>
  </html>
);
