/**
 * The headless peer: the page's own peer without a page, for servers, tests and programs that embed it. It reaches others through
 * the relay's mailbox and keeps its keys, votes and budget in a folder.
 */
import { decode } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import { openManifest, type SignedManifest } from '#protocol/manifest';
import type { Snapshot } from './api.ts';
import { unwrap } from './paid-update.ts';
import { Peer } from './peer.ts';
import { openNodePlatform } from './platform-node.ts';
import type { DataSource } from './trainer-endpoint.ts';

export interface HeadlessOptions {
  /** http(s) origin of the relay. */
  readonly relay: string;
  /** Where this peer keeps its keys, votes and budget. */
  readonly folder: string;
  /** Id of the federation, or its name as the relay lists it. */
  readonly federation: string;
  readonly data: DataSource;
  /** Budget; the federation's own when absent. */
  readonly epsilon?: number;
  readonly onSnapshot?: (snapshot: Snapshot) => void;
}

export interface HeadlessPeer {
  readonly peer: Peer;
  readonly manifest: SignedManifest;
  snapshot(): Snapshot | null;
  close(): Promise<void>;
}

interface Listed {
  readonly id: string;
  readonly name: string;
}

/** Loads the data, agrees to the federation's text and joins. @throws MeshError with the reason */
export async function openHeadlessPeer(options: HeadlessOptions): Promise<HeadlessPeer> {
  const manifest = await fetchManifest(options.relay, options.federation);
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
    unwrap(await peer.join(options.epsilon ?? manifest.body.privacy.epsilon, manifest.body.consent));
  } catch (error) {
    await close();
    throw error;
  }
  return { peer, manifest, snapshot: () => latest, close };
}

async function fetchManifest(relay: string, federation: string): Promise<SignedManifest> {
  const list = (await (await askRelay(relay, '/api/federations')).json()) as Listed[];
  const listed = list.find((f) => f.id === federation || f.name.toLowerCase() === federation.toLowerCase());
  if (listed === undefined)
    throw new MeshError('not-found', { field: 'federation', expected: 'one that the relay lists', got: federation });
  const response = await askRelay(relay, `/api/federations/${listed.id}`);
  const manifest = decode(new Uint8Array(await response.arrayBuffer())) as SignedManifest;
  const { id } = await openManifest(manifest);
  if (id !== listed.id) throw new MeshError('conflict', { field: 'federation', expected: listed.id, got: id });
  return manifest;
}

/** @throws MeshError not-found naming the relay that does not answer, or what it answered */
async function askRelay(relay: string, path: string): Promise<Response> {
  const expected = `a relay that answers at ${relay}; npm start runs one`;
  let response: Response;
  try {
    response = await fetch(new URL(path, relay));
  } catch (cause) {
    throw new MeshError('not-found', { field: 'relay', expected, got: 'no answer' }, cause);
  }
  if (!response.ok) throw new MeshError('not-found', { field: 'relay', expected, got: `HTTP ${response.status}` });
  return response;
}
