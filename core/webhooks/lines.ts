/** What became of one turn; `idle` when nothing was due. */
export type Turn = 'idle' | 'delivered' | 'failed';

/**
 * One line an endpoint, so that a slow receiver holds up nobody but itself: a few turns at once, and
 * a single one while it fails. `turn` takes what is due next by itself.
 */
export function createLines({ turn, atOnce }: { turn(endpointId: string): Promise<Turn>; atOnce: number }) {
  type Line = { busy: number; most: number; rung: boolean };
  const lines = new Map<string, Line>();
  let leaving = false;

  /** Works until nothing is due, or leaves it to those who are at it already. */
  async function ring(endpointId: string): Promise<void> {
    const line = lines.get(endpointId) ?? { busy: 0, most: atOnce, rung: false };
    lines.set(endpointId, line);
    if (line.busy >= line.most) {
      // Whoever is at it may have just found nothing more, so it has to look once again.
      line.rung = true;
      return;
    }
    line.busy++;
    try {
      while (!leaving && line.busy <= line.most && (await takeTurn(endpointId, line)));
    } finally {
      line.busy--;
      if (!line.busy) lines.delete(endpointId);
    }
  }

  async function takeTurn(endpointId: string, line: Line): Promise<boolean> {
    const outcome = await turn(endpointId);
    if (outcome !== 'idle') line.most = outcome === 'failed' ? 1 : atOnce;
    const again = outcome !== 'idle' || line.rung;
    line.rung = false;
    return again;
  }

  return {
    ring,
    /** Turns in hand are finished, no other is begun. */
    stop() {
      leaving = true;
    },
  };
}
