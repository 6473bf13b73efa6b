import { FAULT_KINDS, type Fault } from '../control/faults.ts';
import { Layout } from './layout.tsx';

export const indexPage = () => (
  <Layout title="Sandbox">
    <p>
      The outside world of the shop, for a laptop and for tests: a payment service, a partner that runs
      services and sends parcels, a mail provider, and an identity provider.{' '}
      <code>workers/sandbox/README.md</code> tells all.
    </p>
    <ul>
      <li>
        <a href="/mailbox">Mailbox</a>: every mail the shop sent
      </li>
      <li>
        <a href="/control">Fault switches</a>: what goes wrong next, and for whom
      </li>
      <li>
        Identity provider “Demo ID”: <code>/idp</code>, where the shop’s sign-in page leads
      </li>
      <li>
        Payment page: <code>/pay/{'{payment}'}?client_secret=…&amp;return_url=…</code>
      </li>
    </ul>
  </Layout>
);

export const controlPage = (faults: Fault[]) => (
  <Layout title="Fault switches">
    {faults.length === 0 ? (
      <p>Nothing is set: everything works.</p>
    ) : (
      <table>
        <thead>
          <tr>
            <th scope="col">Kind</th>
            <th scope="col">For</th>
            <th scope="col">Times left</th>
          </tr>
        </thead>
        <tbody>
          {faults.map((fault) => (
            <tr>
              <td>{fault.kind}</td>
              <td>{fault.match.length === 0 ? 'everyone' : fault.match.join(' and ')}</td>
              <td>{fault.times ?? 'until cleared'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
    <h2>Kinds</h2>
    <dl>
      {Object.entries(FAULT_KINDS).map(([kind, meaning]) => (
        <>
          <dt>
            <code>{kind}</code>
          </dt>
          <dd>{meaning}</dd>
        </>
      ))}
    </dl>
    <p>
      Set one with <code>POST /control</code>, clear with <code>DELETE /control</code>.
    </p>
  </Layout>
);
