/** What goes wrong by itself in a simulated federation: crashes, lost disks, partitions, bursts of loss; and the end of it. Not lies. */
import type { World } from './world.ts';

export function planFaults(world: World, untilMs: number): void {
  const { clock, random, network, scenario } = world;
  if (scenario.calm === true) return;
  const severity = scenario.mutant === undefined ? random.pick([0.3, 1, 2]) : 3;
  for (let at = 4000; at < untilMs - 8000; at += random.between(1500, 9000) / severity) {
    clock.after(at, () => {
      const kind = random.next();
      if (kind < 0.5) crash(world);
      else if (kind < 0.85) partition(world, random.between(2000, 14_000));
      else {
        world.injected['loss-burst']!++;
        const before = network.faults.loss;
        network.faults.loss = Math.min(0.5, before + random.next() * 0.3);
        clock.after(random.between(1000, 6000), () => (network.faults.loss = before));
      }
    });
  }
}

/** A peer dies and comes back: a member sometimes without its disk and then as somebody else; a seat always with it. */
function crash(world: World): void {
  const { random, rules } = world;
  const seats = random.chance(0.4);
  const victims = [...world.nodes.values()].filter((n) => n.up && rules.seats.includes(n.id) === seats);
  if (victims.length === 0) return;
  const node = random.pick(victims);
  const loseDisk = !seats && random.chance(0.3);
  world.injected[loseDisk ? 'disk-lost' : 'crash']!++;
  world.crash(node, loseDisk, random.between(300, 12_000));
}

function partition(world: World, forMs: number): void {
  const { clock, random, network } = world;
  world.injected['partition']!++;
  const ids = random.shuffle([...world.nodes.keys()]);
  const side = new Set(ids.slice(0, random.chance(0.5) ? 1 : random.between(1, Math.max(1, ids.length - 1))));
  const oneWay = random.chance(0.3);
  network.partition((from, to) => (oneWay ? side.has(from) && !side.has(to) : side.has(from) !== side.has(to)));
  world.announce();
  clock.after(forMs, () => {
    network.partition(() => false);
    world.announce();
  });
}

export function heal(world: World): void {
  const { network } = world;
  network.partition(() => false);
  network.faults.loss = Math.min(network.faults.loss, 0.01);
  for (const node of world.nodes.values()) if (!node.up) node.start();
  world.announce();
}

/** Silent joiners with ever new keys: those that have been waited for go, and others come. */
export function renewSybils(world: World): void {
  const { clock, random } = world;
  clock.after(random.between(2000, 8000), () => {
    const sybils = [...world.badMembers].filter(([, kind]) => kind === 'sybil');
    for (const [id] of sybils) {
      const node = world.nodes.get(id);
      if (node === undefined || !random.chance(0.5)) continue;
      node.crash(true);
      world.nodes.delete(id);
      world.addLiar('sybil').start();
    }
    world.announce();
    renewSybils(world);
  });
}
