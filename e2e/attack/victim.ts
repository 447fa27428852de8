/** A victim in this process: a real peer with its own folder, and access to its ledger. */
import { cp } from 'node:fs/promises';
import { signBody } from '#protocol/identity';
import type { BudgetRecord } from '#protocol/privacy/ledger/budget';
import type { Snapshot } from '#workers/api';
import { unwrap } from '#workers/answered';
import { Peer } from '#workers/peer/peer';
import { openNodePlatform } from '#workers/peer/platform-node';
import type { Platform } from '#workers/peer/platform';
import type { Arena } from './arena.ts';
import { rowsText, type Founded } from './federation.ts';

export interface VictimOptions {
  /** The folder of an earlier victim. */
  readonly folder?: string;
  /** Replaces parts of its platform: a relay that lies. */
  readonly platform?: Partial<Platform> | ((own: Platform) => Partial<Platform>);
  /** Called right before it enters the room. */
  readonly before?: () => void;
}

export interface Victim {
  readonly peer: Peer;
  readonly folder: string;
  snapshot(): Snapshot | null;
  /** The whole ledger, read from its file on disk. */
  ledger(): Promise<readonly BudgetRecord[]>;
  close(): Promise<void>;
}

/** Follows a federation without having agreed to anything. */
export async function victimOf(arena: Arena, relay: string, federation: Founded, options: VictimOptions = {}): Promise<Victim> {
  const folder = options.folder ?? (await arena.folder());
  const own = await openNodePlatform(relay, folder);
  const platform = { ...own, ...(typeof options.platform === 'function' ? options.platform(own) : options.platform) };
  let last: Snapshot | null = null;
  const peer = new Peer(platform, (snapshot) => (last = snapshot));
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await peer.close();
    await own.close();
  };
  arena.end(close);
  options.before?.();
  unwrap(await peer.follow(await signBody(federation.steward, federation.body)));
  return { peer, folder, snapshot: () => last, ledger: async () => (await own.budget.read()) as readonly BudgetRecord[], close };
}

/** Chooses a file. */
export async function loads(victim: Victim, seed = 1): Promise<void> {
  unwrap(await victim.peer.load({ text: rowsText(seed) }));
}

export async function joins(victim: Victim, { body }: Founded): Promise<void> {
  unwrap(await victim.peer.join(body.privacy.epsilon, body.consent));
}

/** Copies the current folder. */
export async function copyOf(arena: Arena, folder: string): Promise<string> {
  const copy = await arena.folder();
  await cp(folder, copy, { recursive: true });
  return copy;
}

/** Rounds that the ledger knows only from certified records. */
export function witnessedIn(ledger: readonly BudgetRecord[]): number {
  return ledger.reduce((sum, record) => sum + (record.kind === 'witness' ? record.updates.length : 0), 0);
}
