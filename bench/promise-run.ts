/**
 * Runs one federation from founding to its end, with the real seat and sessions in this process, and collects every statement about its
 * rounds and epsilon: at founding, at joining, in every snapshot, on the model card and in the privacy report.
 */
import { generateKeyPair, identityOf, signBody, type Identity } from '#protocol/identity';
import type { ManifestBody, SignedManifest } from '#protocol/manifest/manifest';
import type { PortTo } from '#signaling/in-page-mesh';
import type { Numerics } from '#wasm/numerics';
import type { Snapshot } from '../workers/api.ts';
import { openLabEndpoint } from '../workers/lab/endpoint.ts';
import { syntheticRows } from '../workers/lab/synthetic-rows.ts';
import { unwrap } from '../workers/answered.ts';
import { Peer } from '../workers/peer/peer.ts';
import { openPracticePlatform } from '../workers/practice/platform.ts';
import { sitForPractice } from '../workers/practice/seat.ts';
import { caseOf, type Case } from './promise-policy.ts';

const PATIENCE_MS = 120_000;
const ROWS = 40;
/** Minimum milliseconds between two updates of a member that will leave: snapshots come four times a second, rounds are much faster. */
const SLOW_MS = 400;

export interface Said {
  /** Rounds promised at joining, done, and in the report; null if nothing was paid for. */
  readonly promised: number;
  readonly run: number;
  readonly reported: number | null;
  /** The largest epsilon ever shown as spent or promised, relative to the agreed one. */
  readonly epsilonShare: number;
  readonly bytesPromised: number;
  readonly bytesSent: number;
}

export interface Outcome {
  readonly about: string;
  readonly body: ManifestBody;
  /** Broken promises; empty if all were kept. */
  readonly wrong: readonly string[];
  readonly founded: number;
  readonly members: readonly Said[];
}

const newIdentity = async (): Promise<Identity> => identityOf(await generateKeyPair(false));

class Member {
  readonly snapshots: Snapshot[] = [];
  readonly peer: Peer;
  agreed = 0;
  promised = 0;
  bytes = 0;
  cost = 0;
  readonly #manifest: SignedManifest;

  constructor(identity: Identity, manifest: SignedManifest, ports: readonly PortTo[], numerics: Promise<Numerics>, paceMs: number) {
    this.#manifest = manifest;
    this.peer = new Peer(openPracticePlatform({ identity, ports, numerics, testSet: null, paceMs }), (snapshot) => {
      this.snapshots.push(snapshot);
    });
  }

  get last(): Snapshot | undefined {
    return this.snapshots.at(-1);
  }

  /** Follows and loads rows, then asks for an offer, before agreeing. */
  async come(seed: string): Promise<void> {
    unwrap(await this.peer.follow(this.#manifest));
    unwrap(await this.peer.load(syntheticRows(this.#manifest.body.task, ROWS, seed)));
  }

  async join(epsilon: number): Promise<void> {
    const { rounds, bytes, cost } = unwrap(await this.peer.offer(epsilon));
    [this.agreed, this.promised, this.bytes, this.cost] = [epsilon, rounds, bytes, cost];
    unwrap(await this.peer.join(epsilon, this.#manifest.body.consent));
  }

  async said(): Promise<Said> {
    const report = await this.peer.report();
    const shown = this.snapshots.map(({ budget }) => budget.spent);
    return {
      promised: this.promised,
      run: this.last?.contributed ?? 0,
      reported: report.ok ? report.value.body.left.updates : null,
      epsilonShare: Math.max(this.cost, ...shown, report.ok ? (report.value.body.guarantee.epsilon ?? Infinity) / 1.001 : 0) / this.agreed,
      bytesPromised: this.bytes,
      bytesSent: this.last?.bytesOut ?? 0,
    };
  }
}

/** @throws Error if the federation does not finish */
export async function runCase(seed: string, index: number, numerics: Promise<Numerics>): Promise<Outcome> {
  const seat = await newIdentity();
  const chosen = caseOf(seed, index, seat.id);
  const { body } = chosen;
  const n = body.rounds.minContributors;
  const signed = (await signBody(seat, body)) as SignedManifest;
  const identities = await Promise.all(Array.from({ length: n + 2 }, newIdentity));
  const ports = connect([seat, ...identities]);
  const problems: string[] = [];
  const stand = await sitForPractice(seat, signed, ports[0]!, ({ code }) => void problems.push(`the seat: ${code}`));
  const pace = (i: number) => (chosen.course === 'replaced' && i === 0 ? SLOW_MS : 0);
  const people = identities.map((identity, i) => new Member(identity, signed, ports[i + 1]!, numerics, pace(i)));
  try {
    const from = people.slice(0, n);
    await Promise.all(from.map((member, i) => member.come(`${seed}/${index}/${i}`)));
    const [odd, late, stranger] = [from[0]!, people[n]!, people[n + 1]!];
    for (const member of from) {
      await member.join(chosen.course === 'thrifty' && member === odd ? await thriftyEpsilon(odd, body) : body.privacy.epsilon);
    }
    const wrong = [...problems, ...(await goThrough(chosen, from, late))];
    const stay = chosen.course === 'stay' ? from : [...from.slice(1), late];
    await until('the end', () => stay.every(({ last }) => last?.activity === 'finished'), describe(people));
    wrong.push(...(await afterTheEnd(chosen, stay[0]!, stranger, numerics)));
    const members = await Promise.all((chosen.course === 'stay' ? from : [...from, late]).map((member) => member.said()));
    return {
      about: `${chosen.course}: ${chosen.about}`,
      body,
      wrong: [...wrong, ...faults(chosen, members)],
      founded: chosen.founded,
      members,
    };
  } finally {
    await Promise.all(people.map(({ peer }) => peer.close()));
    await stand();
  }
}

/** From the start until only its last member is missing, or all is done. */
async function goThrough({ course, turn, body }: Case, from: readonly Member[], late: Member): Promise<string[]> {
  if (course === 'stay') return [];
  const [odd, next] = [from[0]!, from[1]!];
  const wrong: string[] = [];
  if (course === 'replaced') {
    await until('the turn', () => (odd.last?.made ?? 0) >= Math.min(turn, body.privacy.rounds - 1), describe(from));
    unwrap(await odd.peer.finish());
    await until('that one leaves', () => odd.last?.activity === 'left', describe(from));
  } else {
    await until('that one has spent it', () => odd.last?.activity === 'budget-spent', describe(from));
    await until('that the others wait', () => next.last?.activity === 'waiting-for-new', describe(from));
    if (next.last?.lacking !== 1) wrong.push(`${next.last?.lacking} people are said to be lacking, not 1`);
  }
  await late.come('late');
  // It counts from the newest model on.
  await until('the newest model', () => late.last?.round === next.last?.round && late.last?.state !== null, describe([late, next]));
  const done = late.last!.made;
  await late.join(body.privacy.epsilon);
  if (late.promised !== body.privacy.rounds - done) wrong.push(`after ${done} models ${late.promised} rounds were promised`);
  return wrong;
}

/** A newcomer is told that the project is finished, and the card has the same number. */
async function afterTheEnd({ body }: Case, member: Member, stranger: Member, numerics: Promise<Numerics>): Promise<string[]> {
  const { rounds } = body.privacy;
  const wrong: string[] = [];
  await stranger.come('stranger');
  await until('that a stranger is told', () => stranger.last?.activity === 'finished', describe([stranger]));
  const answer = await stranger.peer.join(body.privacy.epsilon, body.consent);
  if (answer.ok || answer.error.code !== 'model-finished') wrong.push('a stranger joined a finished federation');
  const [{ bytes }, { federation }] = [unwrap(await member.peer.download()), member.last!];
  const nothing = () => Promise.reject(new Error('nothing is kept here'));
  const lab = openLabEndpoint({
    numerics,
    random: (into) => crypto.getRandomValues(into),
    now: () => 0,
    keptRows: nothing,
    readPicture: nothing,
  });
  unwrap(await lab.open(federation, body, bytes, null));
  const { text } = unwrap(await lab.card(null));
  if (!text.includes(`Model ${rounds} of ${rounds},`)) wrong.push(`the card says ${/Model .*/.exec(text)?.[0]}`);
  if (member.last!.made !== rounds) wrong.push(`${member.last!.made} models of ${rounds}`);
  return wrong;
}

function faults({ body, founded, course }: Case, members: readonly Said[]): string[] {
  const { rounds } = body.privacy;
  const wrong = founded === rounds ? [] : [`founding told of ${founded} rounds of ${rounds}`];
  for (const [i, { promised, run, reported, epsilonShare }] of members.entries()) {
    // A member who leaves early does fewer by choice.
    const leaver = course === 'replaced' && i === 0;
    if (!leaver && promised !== run) wrong.push(`member ${i}: ${promised} rounds promised, ${run} done`);
    if (reported !== run) wrong.push(`member ${i}: ${run} rounds done, ${reported} in the report`);
    if (!(epsilonShare <= 1)) wrong.push(`member ${i}: epsilon shown is ${epsilonShare} of what was agreed to`);
    if (i > 0 && i < body.rounds.minContributors && promised !== founded)
      wrong.push(`member ${i}: ${promised} rounds promised, ${founded} at founding`);
  }
  return wrong;
}

/** A budget that buys some rounds but not all. */
async function thriftyEpsilon(member: Member, { privacy }: ManifestBody): Promise<number> {
  for (let share = 0.9; share > 0.02; share *= 0.9) {
    const { rounds } = unwrap(await member.peer.offer(share * privacy.epsilon));
    if (rounds > 0 && rounds < privacy.rounds) return share * privacy.epsilon;
  }
  throw new Error('expected a budget for some rounds and not all');
}

/** A pair of ports for every two peers. */
function connect(names: readonly Identity[]): PortTo[][] {
  const ports: PortTo[][] = names.map(() => []);
  for (let a = 0; a < names.length; a++) {
    for (let b = a + 1; b < names.length; b++) {
      const { port1, port2 } = new MessageChannel();
      ports[a]!.push({ peer: names[b]!.id, port: port1 });
      ports[b]!.push({ peer: names[a]!.id, port: port2 });
    }
  }
  return ports;
}

const describe = (members: readonly Member[]) => () =>
  members.map(({ last }) => `${last?.activity} ${last?.made} models, ${last?.problem?.code ?? 'no problem'}`).join('; ');

async function until(what: string, good: () => boolean, state: () => string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!good()) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}: ${state()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
