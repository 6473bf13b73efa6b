import type { Connection, OrganisationDomainList } from '#shared/contracts/http/federation.ts';
import { Field, Option, Time } from './parts.tsx';

type Domain = OrganisationDomainList['items'][number];

/** A domain, with the record that proves it, which has to stay. */
export const OneDomain = ({ item, path }: { item: Domain; path: string }) => (
  <li>
    <strong>{item.domain}</strong>{' '}
    <span class="soft">
      {item.verifiedUntil === null ? (
        'not proven yet'
      ) : (
        <>
          proven until <Time at={item.verifiedUntil} />, renewed each day
        </>
      )}
    </span>
    <p>
      TXT record <code>{item.record.name}</code>: <code>{item.record.value}</code>
    </p>
    <form method="post" action={`${path}/verify`} class="row">
      <button type="submit" class="plain">
        Look for the record of {item.domain}
      </button>
    </form>
    <form method="post" action={`${path}/remove`}>
      <button type="submit" class="link">
        Give {item.domain} up
      </button>
    </form>
  </li>
);

const Domains = ({ proven, chosen }: { proven: readonly string[]; chosen: readonly string[] }) => (
  <fieldset>
    <legend>For addresses of</legend>
    {proven.map((domain) => (
      <p>
        <label>
          <input type="checkbox" name={`domain.${domain}`} checked={chosen.includes(domain)} /> {domain}
        </label>
      </p>
    ))}
  </fieldset>
);

/** A connection, with what its provider has to be told, and who has to use it. */
export const OneConnection = (props: { item: Connection; proven: readonly string[]; path: string }) => {
  const { item, proven, path } = props;
  const { name, ours, settings } = item;
  return (
    <section>
      <h3>{name}</h3>
      <p>
        Address to come back to: <code>{ours.callbackUrl}</code>
      </p>
      {ours.metadataUrl !== null && (
        <p>
          Our metadata: <code>{ours.metadataUrl}</code>
        </p>
      )}
      <form method="post" action={path}>
        <Domains proven={proven} chosen={item.domains} />
        <Field name="joinAs" id={`join-${item.id}`} label="Whoever comes for the first time becomes">
          <Option value="" label="no member" chosen={settings.joinAs ?? ''} />
          <Option value="member" label="a member" chosen={settings.joinAs ?? ''} />
          <Option value="buyer" label="a buyer" chosen={settings.joinAs ?? ''} />
        </Field>
        <p>
          <label>
            <input type="checkbox" name="enforced" checked={settings.enforced} /> Members sign in by it alone;
            owners sign in as always. Their other sessions end.
          </label>
        </p>
        <button type="submit" class="plain">
          Save {name}
        </button>
      </form>
      <form method="post" action={`${path}/remove`}>
        <button type="submit" class="link">
          Remove {name}
        </button>
      </form>
    </section>
  );
};

/** Either of the two ways to connect a provider. What else there is, is for the API. */
export const NewConnection = ({ path, proven }: { path: string; proven: readonly string[] }) => (
  <>
    <details>
      <summary>Connect by OpenID Connect</summary>
      <form method="post" action={path}>
        <Field name="name" id="oidc-name" label="Name of the provider" maxlength={60} required />
        <Field name="issuer" label="Issuer" placeholder="https://acme.okta.com" required />
        <Field name="clientId" label="Client id" required />
        <Field name="secret" label="Client secret" type="password" autocomplete="off" />
        <Domains proven={proven} chosen={proven} />
        <button type="submit">Connect by OpenID Connect</button>
      </form>
    </details>
    <details>
      <summary>Connect by SAML</summary>
      <form method="post" action={path}>
        <input type="hidden" name="kind" value="saml" />
        <Field name="name" id="saml-name" label="Name of the identity provider" maxlength={60} required />
        <Field name="url" label="Address of its metadata" required />
        <Field
          name="attribute"
          label="Attribute with the e-mail address"
          value="email"
          hint="Empty: the NameID is the address"
        />
        <Domains proven={proven} chosen={proven} />
        <button type="submit">Connect by SAML</button>
      </form>
    </details>
  </>
);
