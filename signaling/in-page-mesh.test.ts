import { describe, expect, it } from 'vitest';
import type { PeerId } from '#protocol/identity';
import { openInPageMesh, type PortTo } from './in-page-mesh.ts';
import type { Departure, PeerPath, Transport } from './transport.ts';

const NAMES = ['a', 'b', 'c'] as PeerId[];

interface Member {
  readonly transport: Transport;
  readonly heard: string[];
  readonly lists: (readonly PeerPath[])[];
  readonly departures: Departure[];
  readonly states: string[];
}

/** Everybody has a port to everybody. */
function room(names: readonly PeerId[] = NAMES, broken: (error: unknown) => void = () => {}, hear?: () => void): Map<PeerId, Member> {
  const ports = new Map<PeerId, PortTo[]>(names.map((name) => [name, []]));
  for (const [i, a] of names.entries()) {
    for (const b of names.slice(i + 1)) {
      const { port1, port2 } = new MessageChannel();
      ports.get(a)!.push({ peer: b, port: port1 });
      ports.get(b)!.push({ peer: a, port: port2 });
    }
  }
  const enter = (self: PeerId): Member => {
    const member = { heard: [] as string[], lists: [] as (readonly PeerPath[])[], departures: [] as Departure[], states: [] as string[] };
    const transport = openInPageMesh({
      self,
      ports: ports.get(self)!,
      events: {
        message: (from, bytes) => {
          hear?.();
          member.heard.push(`${from}:${bytes.join()}`);
        },
        peers: (list) => void member.lists.push(list),
        relay: (state) => void member.states.push(state),
      },
      onDeparture: (departure) => void member.departures.push(departure),
      onFault: broken,
    });
    return { ...member, transport };
  };
  return new Map(names.map((name) => [name, enter(name)]));
}

async function whole(members: Map<PeerId, Member>): Promise<void> {
  await expect.poll(() => [...members.values()].every(({ transport }) => transport.peers().length === members.size - 1)).toBe(true);
}

describe('a mesh inside one page', () => {
  it('reaches everybody in the room, in order, and says that the path is on this page', async () => {
    const members = room();
    await whole(members);
    const [a, b] = [members.get(NAMES[0]!)!, members.get(NAMES[1]!)!];
    expect(a.lists.at(-1)).toEqual([
      { peer: 'b', path: 'in-page' },
      { peer: 'c', path: 'in-page' },
    ]);
    expect(a.states).toEqual(['open']);
    for (let i = 0; i < 20; i++) a.transport.send(NAMES[1]!, new Uint8Array([i]));
    await expect.poll(() => b.heard).toEqual(Array.from({ length: 20 }, (_, i) => `a:${i}`));
    expect(members.get(NAMES[2]!)!.heard).toEqual([]);
    for (const { transport } of members.values()) transport.close();
  });

  it('tells every departure before it is handed over, and none for a message without a way', async () => {
    const members = room();
    await whole(members);
    const a = members.get(NAMES[0]!)!;
    a.transport.send('nobody' as PeerId, new Uint8Array(3));
    a.transport.send(NAMES[2]!, new Uint8Array(5));
    expect(a.departures).toEqual([{ kind: 'message', to: 'c', bytes: 5, path: 'in-page' }]);
    for (const { transport } of members.values()) transport.close();
  });

  it('says who has gone, and is silent itself once it is closed', async () => {
    const members = room();
    await whole(members);
    const [a, b, c] = NAMES.map((name) => members.get(name)!) as [Member, Member, Member];
    c.transport.close();
    await expect.poll(() => a.lists.at(-1)).toEqual([{ peer: 'b', path: 'in-page' }]);
    const told = c.lists.length;
    a.transport.send(NAMES[2]!, new Uint8Array(1));
    c.transport.send(NAMES[0]!, new Uint8Array(1));
    a.transport.send(NAMES[1]!, new Uint8Array([9]));
    await expect.poll(() => b.heard).toEqual(['a:9']);
    expect(c.heard).toEqual([]);
    expect(c.departures).toEqual([]);
    expect(c.lists.length).toBe(told);
    a.transport.close();
    b.transport.close();
  });

  it('goes on when a handler throws', async () => {
    const faults: unknown[] = [];
    let first = true;
    const members = room(
      NAMES.slice(0, 2),
      (error) => void faults.push(error),
      () => {
        const fail = first;
        first = false;
        if (fail) throw new Error('a handler that breaks');
      },
    );
    await whole(members);
    const [a, b] = [members.get(NAMES[0]!)!, members.get(NAMES[1]!)!];
    a.transport.send(NAMES[1]!, new Uint8Array([1]));
    a.transport.send(NAMES[1]!, new Uint8Array([2]));
    await expect.poll(() => b.heard).toEqual(['a:2']);
    expect(faults).toHaveLength(1);
    a.transport.close();
    b.transport.close();
  });
});
