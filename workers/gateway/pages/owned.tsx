import { Hono, type Context } from 'hono';
import type { z } from 'zod';
import type { InstanceUseView } from '#shared/contracts/http/entitlements.ts';
import type { Delivery, Instance, instanceSummarySchema } from '#shared/contracts/http/instances.ts';
import type { Shipment } from '#shared/contracts/http/shipments.ts';
import { moneyText } from '#shared/money/money.ts';
import { api, valueOf, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { safeLink } from '../return-to.ts';
import { formOf } from '../form.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { AddressLines } from './order-view.tsx';
import { PlanOffers } from './owned-plans.tsx';
import { AnyDeviceFile, Included, isCounted, Use } from './owned-use.tsx';
import { Customisation, KIND_TEXT, NextPage, RefusalNotice, Time } from './parts.tsx';

interface InstancePage {
  items: z.infer<typeof instanceSummarySchema>[];
  next: string | null;
}

const STATE_TEXT: Record<Instance['state'], string> = {
  provisioning: 'In progress',
  ready: 'Ready',
  active: 'Yours',
  failed: 'Failed',
  suspended: 'Suspended',
  undoing: 'Being taken back',
  undone: 'Taken back',
};

export const owned = new Hono<PageEnv>()
  .use('/owned', signedIn)
  .use('/owned/*', signedIn)
  .get('/owned', async (c) => {
    const query = new URLSearchParams({ limit: '20' });
    const cursor = c.req.query('cursor');
    if (cursor !== undefined) query.set('cursor', cursor);
    const list = valueOf(
      await api<InstancePage>(c, { method: 'GET', path: `/v1/instances?${query.toString()}` }),
    );
    return page(c, { title: 'What I own', children: <List {...list} url={c.req.url} /> });
  })
  .get('/owned/:id', (c) => show(c, {}))
  // Where proving who one is leads back to.
  .get('/owned/:id/reveal', (c) => c.redirect(`/owned/${idOf(c)}`, 303))
  .post('/owned/:id/reveal', async (c) => {
    const path = `/v1/instances/${idOf(c)}/credentials/reveal`;
    const answer = await api<{ delivery: Delivery }>(c, { method: 'POST', path });
    return answer.ok ? show(c, { revealed: answer.value.delivery }) : show(c, { refusal: answer.error });
  })
  .post('/owned/:id/deactivate', async (c) => {
    const activation = encodeURIComponent((await formOf(c))['activation'] ?? '');
    const path = `/v1/instances/${idOf(c)}/activations/${activation}`;
    const answer = await api<null>(c, { method: 'DELETE', path });
    return answer.ok ? c.redirect(`/owned/${idOf(c)}`, 303) : show(c, { refusal: answer.error });
  })
  .post('/owned/:id/licence-file', async (c) => {
    const { activation } = await formOf(c);
    const body = {
      instanceId: c.req.param('id'),
      ...(activation === undefined ? {} : { activationId: activation }),
    };
    const made = await api<{ file: string; fileName: string }>(c, {
      method: 'POST',
      path: '/v1/entitlements/files',
      body,
    });
    if (!made.ok) return show(c, { refusal: made.error });
    return c.body(made.value.file, 200, {
      'content-type': 'application/jwt',
      'content-disposition': `attachment; filename="${made.value.fileName.replaceAll(/[^\w.-]/g, '-')}"`,
      'cache-control': 'private, no-store',
    });
  })
  .post('/owned/:id/download', async (c) => {
    const answer = await api<{ url: string }>(c, {
      method: 'POST',
      path: `/v1/instances/${idOf(c)}/download-link`,
    });
    if (!answer.ok) return show(c, { refusal: answer.error });
    // The file is served by this shop under whatever name the browser knows it.
    const { pathname, search } = new URL(answer.value.url);
    return c.redirect(pathname + search, 303);
  });

type InstanceContext = Context<PageEnv, '/owned/:id'>;
const idOf = (c: InstanceContext): string => encodeURIComponent(c.req.param('id'));

/** `revealed`: what was delivered with nothing hidden, shown on this one page. */
async function show(c: InstanceContext, shown: { refusal?: Refusal; revealed?: Delivery }) {
  const { refusal = null } = shown;
  const path = `/v1/instances/${idOf(c)}`;
  const instance = valueOf(await api<Instance>(c, { method: 'GET', path }));
  const { id, entitlements, quantity } = instance;
  const delivery = shown.revealed ?? instance.delivery;
  const isActive = instance.state === 'active';
  const use =
    isActive && isCounted(entitlements)
      ? valueOf(await api<InstanceUseView>(c, { method: 'GET', path: `${path}/use` }))
      : null;
  return page(c, {
    title: instance.title,
    status: refusal === null ? 200 : 409,
    children: (
      <>
        <h1>{instance.title}</h1>
        <p class="soft">
          {[instance.variantTitle, KIND_TEXT[instance.kind], `${instance.quantity} ×`]
            .filter((text) => text !== '')
            .join(' · ')}
        </p>
        <RefusalNotice refusal={refusal} />
        <p>
          <span class="badge">{STATE_TEXT[instance.state]}</span> {instance.detail}
        </p>
        {delivery !== null && <DeliveryView id={id} delivery={delivery} />}
        {instance.shipments.length > 0 && <Parcels shipments={instance.shipments} />}
        {isActive && entitlements !== null && <Included entitlements={entitlements} />}
        {entitlements !== null && use !== null && <Use {...{ id, quantity, entitlements, use }} />}
        {isActive && instance.kind === 'licence' && entitlements?.seats === null && <AnyDeviceFile id={id} />}
        <PlanOffers instance={instance} />
        <Customisation values={instance.customisation} />
        <p class="soft">
          Since <Time at={instance.createdAt} /> ·{' '}
          <a href={`/orders/${instance.orderId}`}>The order it came with</a>
        </p>
      </>
    ),
  });
}

const List = ({ items, next, url }: InstancePage & { url: string }) => (
  <>
    <h1>What I own</h1>
    {items.length === 0 && <p>Nothing yet. What you buy appears here once it is yours.</p>}
    <ul class="grid">
      {items.map((instance) => (
        <li class="card">
          <h2>
            <a href={`/owned/${instance.id}`}>{instance.title}</a>
          </h2>
          <p>{instance.variantTitle}</p>
          <p>
            <span class="badge">{STATE_TEXT[instance.state]}</span>{' '}
            <span class="soft">{KIND_TEXT[instance.kind]}</span>
          </p>
        </li>
      ))}
    </ul>
    <NextPage url={url} next={next} />
  </>
);

const DeliveryView = ({ id, delivery }: { id: string; delivery: Delivery }) => {
  switch (delivery.type) {
    case 'licence-key':
      return (
        <div class="panel">
          <h2>{delivery.keys.length === 1 ? 'Licence key' : 'Licence keys'}</h2>
          {delivery.keys.map((key) => (
            <p class="key" data-licence-key>
              {key}
            </p>
          ))}
          <p class="soft">
            Up to {delivery.activationsMax} activations each. <Expiry at={delivery.expiresAt} />
          </p>
        </div>
      );
    case 'download':
      return (
        <form method="post" action={`/owned/${id}/download`} class="panel">
          <p>{delivery.fileName}</p>
          <button type="submit" disabled={delivery.downloadsLeft < 1}>
            Download
          </button>
          <p class="soft">{delivery.downloadsLeft} downloads left.</p>
        </form>
      );
    case 'partner-service':
      return (
        <div class="panel">
          <dl>
            <dt>Address</dt>
            <dd>
              <ServiceLink url={delivery.accessUrl} />
            </dd>
            <dt>User name</dt>
            <dd class="key">{delivery.username}</dd>
            <dt>Password</dt>
            <dd class="key">{delivery.password ?? '••••••••'}</dd>
          </dl>
          {delivery.password === null && <Reveal id={id} />}
          <p class="soft">
            <Expiry at={delivery.expiresAt} />
          </p>
        </div>
      );
    case 'gift-card':
      return (
        <div class="panel">
          <h2>
            {delivery.cards.length === 1 ? 'Gift card' : `${delivery.cards.length} gift cards`} of{' '}
            {moneyText(delivery.value)}
          </h2>
          {delivery.cards.map(({ code }) => (
            <p class="key" data-gift-card>
              {code ?? '••••-••••-••••-••••-••••'}
            </p>
          ))}
          {delivery.cards.some(({ code }) => code === null) && <Reveal id={id} />}
          <p class="soft">
            Whoever has a code can spend the card. <Expiry at={delivery.expiresAt} />
          </p>
        </div>
      );
    case 'parcel':
      return (
        <div class="panel">
          <dl>
            <dt>Carrier</dt>
            <dd>{delivery.carrier}</dd>
            <dt>Tracking code</dt>
            <dd class="key">{delivery.trackingCode}</dd>
          </dl>
          <AddressLines address={delivery.address} />
        </div>
      );
    case 'custom':
      return (
        <div class="panel">
          <dl>
            {delivery.fields.map(({ label, value, secret }) => (
              <>
                <dt>{label}</dt>
                <dd class={secret ? 'key' : undefined}>
                  {value === null ? '••••••••' : <ServiceLink url={value} />}
                </dd>
              </>
            ))}
          </dl>
          {delivery.fields.some(({ value }) => value === null) && <Reveal id={id} />}
        </div>
      );
  }
};

const PARCEL_TEXT: Record<Shipment['state'], string> = {
  packed: 'Packed',
  shipped: 'On its way',
  delivered: 'Delivered',
  lost: 'Lost',
  returned: 'Returned',
};
const Parcels = ({ shipments }: { shipments: readonly Shipment[] }) => (
  <section>
    <h2>{shipments.length === 1 ? 'Parcel' : 'Parcels'}</h2>
    <ul>
      {shipments.map((parcel) => (
        <li>
          <span class="badge">{PARCEL_TEXT[parcel.state]}</span>{' '}
          {parcel.items.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(', ')} · {parcel.carrier}{' '}
          {parcel.trackingUrl === null ? (
            parcel.trackingCode
          ) : (
            <a href={parcel.trackingUrl} rel="noreferrer">
              {parcel.trackingCode}
            </a>
          )}
          {parcel.items.some(({ returned }) => returned > 0) && (
            <> · {parcel.items.reduce((sum, { returned }) => sum + returned, 0)} came back</>
          )}
        </li>
      ))}
    </ul>
  </section>
);

const Reveal = ({ id }: { id: string }) => (
  <form method="post" action={`/owned/${id}/reveal`}>
    <button type="submit">Show what is hidden</button>
    <p class="soft">Once at once; later after you showed again that it is you.</p>
  </form>
);

const Expiry = ({ at }: { at: string | null }) =>
  at === null ? (
    <>Does not expire.</>
  ) : (
    <>
      Valid until <Time at={at} />.
    </>
  );

const ServiceLink = ({ url }: { url: string }) => {
  const link = safeLink(url);
  return link === null ? (
    <>{url}</>
  ) : (
    <a href={link} rel="noreferrer">
      {url}
    </a>
  );
};
