import { Hono, type Context } from 'hono';
import type { OrganisationBody } from '#shared/contracts/http/auth.ts';
import { organisationAllows } from '#shared/auth/permissions.ts';
import { api, errorAt, valueOf, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { Field, Notice, RefusalNotice } from './parts.tsx';

/** What somebody belongs to, and whom they act for. */
export const organisations = new Hono<PageEnv>()
  .use('/organisations', signedIn)
  .use('/organisations/*', signedIn)
  .get('/organisations', (c) => show(c, null))
  .post('/organisations', async (c) => {
    const { name = '' } = await formOf(c);
    const made = await api<OrganisationBody>(c, {
      method: 'POST',
      path: '/v1/auth/organisations',
      body: { name },
    });
    return made.ok ? c.redirect(`/organisations/${made.value.id}`, 303) : show(c, made.error, name);
  })
  .post('/organisations/act', async (c) => {
    const { organisation = '' } = await formOf(c);
    // The cart of one is not the cart of the other.
    c.get('cart').forget();
    const isActing = await c.get('session').actFor(organisation === '' ? null : organisation);
    return c.redirect(isActing ? '/orders' : '/organisations', 303);
  });

async function show(c: Context<PageEnv>, refusal: Refusal | null, name = '') {
  const list = await api<{ items: OrganisationBody[] }>(c, { method: 'GET', path: '/v1/auth/organisations' });
  const { items } = valueOf(list);
  const { organisation } = c.get('session');
  return page(c, {
    title: 'Organisations',
    status: refusal === null ? 200 : 422,
    children: (
      <div class="narrow">
        <h1>Organisations</h1>
        {items.length === 0 && <p>You are in no organisation.</p>}
        <ul>
          {items.map((item) => (
            <Item item={item} isActing={item.id === organisation} />
          ))}
        </ul>
        {organisation !== null && (
          <form method="post" action="/organisations/act">
            <button type="submit">Act for myself</button>
          </form>
        )}
        <h2>Make one</h2>
        <RefusalNotice refusal={refusal} />
        <form method="post" action="/organisations">
          <Field
            name="name"
            label="Name"
            maxlength={80}
            value={name}
            error={errorAt(refusal, '/name')}
            required
          />
          <button type="submit">Make an organisation</button>
        </form>
      </div>
    ),
  });
}

const Item = ({ item, isActing }: { item: OrganisationBody; isActing: boolean }) => (
  <li>
    {organisationAllows(item.role, 'organisations.manage') ? (
      <a href={`/organisations/${item.id}`}>{item.name}</a>
    ) : (
      item.name
    )}{' '}
    <span class="soft">
      {item.role}
      {item.status === 'archived' && ', closed'}
    </span>
    {isActing && <Notice kind="good">What you see and order now is of {item.name}.</Notice>}
    {!isActing && item.status === 'active' && (
      <form method="post" action="/organisations/act">
        <input type="hidden" name="organisation" value={item.id} />
        <button type="submit" class="plain">
          Act for {item.name}
        </button>
      </form>
    )}
  </li>
);
