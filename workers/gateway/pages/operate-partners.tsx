import { Notice, Time } from './parts.tsx';

export interface Gate {
  partner: string;
  breaker: 'closed' | 'open' | 'half_open' | 'held';
  running: number;
  openSince: string | null;
  openUntil: string | null;
  heldBy: string | null;
}

const BREAKER_TEXT: Record<Gate['breaker'], string> = {
  closed: 'calls go through',
  open: 'away: calls wait',
  half_open: 'one call tries whether it is back',
  held: 'stopped by the team',
};

/** Whether calls to each partner go through; a person may stop them. */
export const Partners = ({ gates, home }: { gates: Gate[]; home: string }) => (
  <div class="scroll">
    <table>
      <thead>
        <tr>
          <th scope="col">Partner</th>
          <th scope="col">How it stands</th>
          <th scope="col" class="number">
            Calls now
          </th>
          <th scope="col">Do</th>
        </tr>
      </thead>
      <tbody>
        {gates.map((gate) => (
          <tr>
            <td>{gate.partner}</td>
            <td>
              {BREAKER_TEXT[gate.breaker]}
              {gate.heldBy !== null && <div class="soft">by {gate.heldBy}</div>}
              {gate.openSince !== null && (
                <div class="soft">
                  since <Time at={gate.openSince} />
                </div>
              )}
            </td>
            <td class="number">{gate.running}</td>
            <td>
              <form method="post" action={`${home}/partners/${encodeURIComponent(gate.partner)}`}>
                <input type="hidden" name="held" value={gate.breaker === 'held' ? 'no' : 'yes'} />
                <button
                  type="submit"
                  class="plain"
                  aria-label={
                    gate.breaker === 'held'
                      ? `Let calls to ${gate.partner} through`
                      : `Stop calls to ${gate.partner}`
                  }
                >
                  {gate.breaker === 'held' ? 'Let through' : 'Stop'}
                </button>
              </form>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
    <Notice>What waits for a partner is not failed, and goes on by itself.</Notice>
  </div>
);
