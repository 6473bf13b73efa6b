import { errorAt, type Refusal } from '../api.ts';
import { Notice } from './parts.tsx';

/** Before the name of a scope in a form. */
const SCOPE = 'scope.';
export const LIVES = [
  { days: '90', label: 'in 90 days' },
  { days: '365', label: 'in a year' },
  { days: '', label: 'never' },
];

export const scopesIn = (form: Record<string, string>): string[] =>
  Object.keys(form).flatMap((name) => (name.startsWith(SCOPE) ? [name.slice(SCOPE.length)] : []));

/** What a key may, to be ticked. `scopes`: name and what it allows. */
export const Scopes = (props: {
  scopes: readonly (readonly [string, string])[];
  form: Record<string, string>;
  refusal: Refusal | null;
}) => (
  <fieldset>
    <legend>It may</legend>
    {errorAt(props.refusal, '/scopes') !== undefined && <p class="error">Tick at least one.</p>}
    {props.scopes.map(([scope, allows]) => (
      <p>
        <label>
          <input type="checkbox" name={SCOPE + scope} checked={SCOPE + scope in props.form} /> {allows}{' '}
          <code>{scope}</code>
        </label>
      </p>
    ))}
  </fieldset>
);

/** A key, this once. `where`: the page that revokes it. */
export const ShownKey = ({ name, secret, where }: { name: string; secret: string; where: string }) => (
  <div class="narrow">
    <h1>{name}</h1>
    <Notice kind="good">This is your key. Copy it now: it is not shown again.</Notice>
    <p>
      <code>{secret}</code>
    </p>
    <p>
      Send it as <code>Authorization: Bearer</code>. You can revoke it <a href={where}>where it is listed</a>.
    </p>
  </div>
);
