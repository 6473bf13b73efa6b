import type { InstanceUseView } from '#shared/contracts/http/entitlements.ts';
import type { Entitlements } from '#shared/domain/entitlements.ts';
import { Time } from './parts.tsx';

/** Is there anything of it that is counted? Then its page asks who uses it. */
export const isCounted = (entitlements: Entitlements | null): boolean =>
  entitlements !== null &&
  (entitlements.seats !== null || entitlements.leases !== null || entitlements.meters.length > 0);

/** What it entitles to, beside what is counted. */
export const Included = ({ entitlements: { features, limits } }: { entitlements: Entitlements }) =>
  features.length === 0 && Object.keys(limits).length === 0 ? null : (
    <div class="panel">
      <h2>Included</h2>
      <ul>
        {features.map((feature) => (
          <li>{feature}</li>
        ))}
        {Object.entries(limits).map(([name, limit]) => (
          <li>
            {name}: up to {limit}
          </li>
        ))}
      </ul>
    </div>
  );

const Devices = (props: {
  id: string;
  activations: InstanceUseView['activations'];
  seats: number | null;
}) => (
  <>
    <h2>Devices</h2>
    <p class="soft">
      {props.activations.length} activated
      {props.seats === null ? '' : ` of ${props.seats}`}.
    </p>
    <ul>
      {props.activations.map(({ id, name, activatedAt }) => (
        <li>
          {name === '' ? 'A device' : name} <span class="soft">since</span> <Time at={activatedAt} />
          <form method="post" action={`/owned/${props.id}/licence-file`}>
            <input type="hidden" name="activation" value={id} />
            <button type="submit">Licence file</button>
          </form>
          <form method="post" action={`/owned/${props.id}/deactivate`}>
            <input type="hidden" name="activation" value={id} />
            <button type="submit">Deactivate</button>
          </form>
        </li>
      ))}
    </ul>
  </>
);

/** Who uses it, and what is left of its meters. */
export const Use = (props: {
  id: string;
  quantity: number;
  entitlements: Entitlements;
  use: InstanceUseView;
}) => {
  const { id, quantity, entitlements, use } = props;
  const { seats, leases } = entitlements;
  return (
    <div class="panel">
      {(seats !== null || use.activations.length > 0) && (
        <Devices id={id} activations={use.activations} seats={seats === null ? null : seats * quantity} />
      )}
      {leases !== null && (
        <p>
          In use now: {use.leases.length} of {leases.max * quantity}.
        </p>
      )}
      {use.meters.map(({ name, used, limit, resetsAt }) => (
        <p>
          {name}: {used} used{limit === null ? '' : ` of ${limit}`}
          {resetsAt !== null && (
            <span class="soft">
              , anew from <Time at={resetsAt} />
            </span>
          )}
        </p>
      ))}
    </div>
  );
};

/** A licence without seats has one file for all devices. */
export const AnyDeviceFile = ({ id }: { id: string }) => (
  <form method="post" action={`/owned/${id}/licence-file`}>
    <button type="submit">Licence file</button>
    <p class="soft">For use without a connection, for 30 days.</p>
  </form>
);
