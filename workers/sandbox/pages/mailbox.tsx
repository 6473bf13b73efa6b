import type { StoredMail } from '../mail/schemas.ts';
import { Layout } from './layout.tsx';

export const mailboxPage = (mails: StoredMail[], to: string | null) => (
  <Layout title={to === null ? 'Mailbox' : `Mailbox of ${to}`}>
    <form method="get" action="/mailbox">
      <label>
        Recipient <input type="text" name="to" value={to ?? ''} />
      </label>
      <button type="submit">Show</button>
    </form>
    {mails.length === 0 ? (
      <p>No mail yet.</p>
    ) : (
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">To</th>
            <th scope="col">Subject</th>
          </tr>
        </thead>
        <tbody>
          {mails.map((mail) => (
            <tr>
              <td>
                <time datetime={mail.at}>{mail.at.slice(0, 19).replace('T', ' ')}</time>
              </td>
              <td>
                {mail.to.map((address) => (
                  <a href={`/mailbox?to=${encodeURIComponent(address)}`}>{address}</a>
                ))}
              </td>
              <td>
                <a href={`/mailbox/${mail.id}`}>{mail.subject === '' ? '(no subject)' : mail.subject}</a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
  </Layout>
);

/** The HTML part is shown in a frame without scripts, forms or access to this origin; links open a new tab. */
export const mailPage = (mail: StoredMail) => (
  <Layout title={mail.subject === '' ? '(no subject)' : mail.subject}>
    <p>
      From {mail.from} to {mail.to.join(', ')}, <time datetime={mail.at}>{mail.at}</time>
    </p>
    {mail.html === '' ? null : (
      <iframe
        title="Mail as HTML"
        sandbox="allow-popups allow-popups-to-escape-sandbox"
        srcdoc={`<base target="_blank">${mail.html}`}
      />
    )}
    <h2>As text</h2>
    <pre>{mail.text}</pre>
  </Layout>
);
