import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { BODY_BYTES_MAX } from '#shared/http/app.ts';
import { Problem } from '#shared/http/problems.ts';
import { withCart } from '../cart-cookie.ts';
import { coarseLimit } from '../coarse-limit.ts';
import type { PageEnv } from '../env.ts';
import { sameOriginOnly } from '../same-origin.ts';
import { withSession } from '../session.ts';
import { account } from './account.tsx';
import { applications } from './applications.tsx';
import { accountData } from './account-data.tsx';
import { accountEmail } from './account-email.tsx';
import { accountTotp } from './account-totp.tsx';
import { challengeLink } from './challenge.tsx';
import { cart } from './cart.tsx';
import { checkout } from './checkout.tsx';
import { collection } from './collection.tsx';
import { device } from './device.tsx';
import { accountIdentities } from './account-identities.tsx';
import { emailCode } from './email-code.tsx';
import { failurePage } from './failure.tsx';
import { oauthAuthorize } from './oauth-authorize.tsx';
import { oauthByPost } from './oauth-by-post.ts';
import { oauthLogout } from './oauth-logout.tsx';
import { newApiKey } from './new-api-key.tsx';
import { operateData } from './operate-data.tsx';
import { operateProvisioning } from './operate-provisioning.tsx';
import { operate } from './operate.tsx';
import { order } from './order.tsx';
import { orders } from './orders.tsx';
import { invitation } from './invitation.tsx';
import { organisationKeys } from './organisation-keys.tsx';
import { organisationMembers } from './organisation-members.tsx';
import { organisationProvider } from './organisation-provider.tsx';
import { organisations } from './organisations.tsx';
import { owned } from './owned.tsx';
import { ownedPlans } from './owned-plans.tsx';
import { ownerLinks } from './owner-links.tsx';
import { pay } from './pay.tsx';
import { paymentMethods } from './payment-methods.tsx';
import { passkeys } from './passkeys.ts';
import { password } from './password.tsx';
import { problem } from './problem.tsx';
import { product } from './product.tsx';
import { shop } from './shop.tsx';
import { stepUp } from './step-up.tsx';
import { signIn } from './sign-in.tsx';
import { providerByPost, signInElsewhere } from './sign-in-elsewhere.tsx';
import { signInCode } from './sign-in-code.tsx';
import { viewAs } from './view-as.tsx';
import { signUp } from './sign-up.tsx';

/** Every page. They use the public API alone, as the signed-in customer. */
export function pages(): Hono<PageEnv> {
  const app = new Hono<PageEnv>();
  app.route('/', oauthByPost);
  app.route('/', providerByPost);
  app.use(withSession, withCart, coarseLimit, sameOriginOnly);
  app.use(
    bodyLimit({
      maxSize: BODY_BYTES_MAX,
      onError: () => {
        throw new Problem({ slug: 'body-too-large', detail: `At most ${BODY_BYTES_MAX} bytes.` });
      },
    }),
  );
  const all = [
    account,
    accountIdentities,
    applications,
    oauthAuthorize,
    oauthLogout,
    accountData,
    accountEmail,
    accountTotp,
    cart,
    challengeLink,
    checkout,
    collection,
    device,
    emailCode,
    newApiKey,
    viewAs,
    operateData,
    operateProvisioning,
    operate,
    order,
    orders,
    organisationKeys,
    organisationMembers,
    organisationProvider,
    organisations,
    invitation,
    owned,
    ownedPlans,
    ownerLinks,
    passkeys,
    pay,
    paymentMethods,
    password,
    problem,
    product,
    shop,
    signIn,
    signInCode,
    signInElsewhere,
    stepUp,
  ];
  for (const routes of [...all, signUp]) app.route('/', routes);
  app.all('*', () => {
    throw new Problem({ slug: 'not-found', detail: 'There is no page at this address.' });
  });
  app.onError(failurePage);
  return app;
}
