import { Layout } from './layout.tsx';

/** Where somebody says who they are at the sandbox's identity provider; `asked` is sent back with the answer. */
export const signInPage = (asked: Record<string, string>, hint: string) => (
  <Layout title="Demo ID">
    <p>Whoever you say you are, you are: any address will do.</p>
    <form method="post" action="/idp/authorize">
      {Object.entries(asked).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <label>
        E-mail address <input type="text" name="email" value={hint} autocomplete="email" required />
      </label>
      <button type="submit" name="answer" value="allow">
        Continue to the shop
      </button>
      <button type="submit" name="answer" value="deny" formnovalidate>
        Go back without signing in
      </button>
    </form>
  </Layout>
);
