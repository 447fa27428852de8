/**
 * The headless peer: the page's own peer without a page, for servers, tests and programs that embed it. It reaches others through
 * the relay's mailbox and keeps its keys, votes and budget in a folder.
 */
import type { Manifest, SignedManifest } from '#protocol/manifest/manifest';
import type { BudgetOffer, Snapshot } from '../api.ts';
import { findFederation } from './find-federation.ts';
import { unwrap } from '../answered.ts';
import { Peer } from './peer.ts';
import { openNodePlatform } from './platform-node.ts';
import type { DataSource } from '../rows/trainer-endpoint.ts';

export interface HeadlessOptions {
  /** http(s) origin of the relay. */
  readonly relay: string;
  /** Where this peer keeps its keys, votes and budget. */
  readonly folder: string;
  /** Id of the federation; its name is enough if the relay's own host founded it (find-federation.ts). */
  readonly federation: string;
  readonly data: DataSource;
  /** Budget; the federation's own when absent. */
  readonly epsilon?: number;
  /** Called before anything is agreed to: whose federation it is, and what the budget buys there. */
  readonly onOffer?: (manifest: Manifest, offer: BudgetOffer) => void;
  readonly onSnapshot?: (snapshot: Snapshot) => void;
}

export interface HeadlessPeer {
  readonly peer: Peer;
  readonly manifest: SignedManifest;
  snapshot(): Snapshot | null;
  close(): Promise<void>;
}

/** Loads the data, agrees to the federation's text and joins. @throws MeshError with the reason */
export async function openHeadlessPeer(options: HeadlessOptions): Promise<HeadlessPeer> {
  const federation = await findFederation(options.relay, options.federation);
  const { signed: manifest } = federation;
  const platform = await openNodePlatform(options.relay, options.folder);
  let latest: Snapshot | null = null;
  const peer = new Peer(platform, (snapshot) => {
    latest = snapshot;
    options.onSnapshot?.(snapshot);
  });
  const close = async () => {
    await peer.close();
    await platform.close();
  };
  try {
    unwrap(await peer.follow(manifest));
    unwrap(await peer.load(options.data));
    const epsilon = options.epsilon ?? manifest.body.privacy.epsilon;
    options.onOffer?.(federation, unwrap(await peer.offer(epsilon)));
    unwrap(await peer.join(epsilon, manifest.body.consent));
  } catch (error) {
    await close();
    throw error;
  }
  return { peer, manifest, snapshot: () => latest, close };
}
