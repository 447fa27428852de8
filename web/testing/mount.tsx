/** Mounts the whole page at an address, with a stand-in peer and relay, for tests in a real browser. */
import { createMemoryHistory } from '@solidjs/router';
import type { JSX } from 'solid-js';
import { render } from 'solid-js/web';
import { expect } from 'vitest';
import { page } from 'vitest/browser';
import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/frame.css';
import { App } from '../app.tsx';
import { FoundingProvider, type StartFounding } from '../state/founding/founding.ts';
import { LabProvider, type OpenLab } from '../state/lab.ts';
import { createPeer } from '../state/peer.ts';
import { fakePeer, type FakePeer } from './fake-peer.ts';

export interface Mounted {
  readonly peer: FakePeer;
  readonly path: () => string;
  readonly go: (path: string) => void;
  readonly dispose: () => void;
}

/** @param lab a stand-in; otherwise the real worker, when a screen needs one */
export function mountAt(path: string, peer: FakePeer = fakePeer(), lab?: OpenLab): Mounted {
  return mount(path, peer, (app) => (lab === undefined ? app() : <LabProvider value={lab}>{app()}</LabProvider>));
}

/** Opens one of the parts behind a project's screen. */
export async function openPart(name: 'Results' | 'Privacy' | 'Participants' | 'Details'): Promise<void> {
  const part = page.getByRole('group', { name: 'More about this project' }).getByRole('button', { name });
  await expect.element(part).toBeVisible();
  if (part.element().getAttribute('aria-expanded') === 'false') await part.click();
}

/** Opens the menu behind the three dots. */
export async function openMenu(): Promise<void> {
  const dots = page.getByLabelText('More actions');
  await expect.element(dots).toBeVisible();
  if (!(dots.element().parentElement as HTMLDetailsElement).open) await dots.click();
}

/** With a stand-in for the founder's thread. */
export function mountFounding(founding: StartFounding, path = '/new'): Mounted {
  return mount(path, fakePeer(), (app) => <FoundingProvider value={founding}>{app()}</FoundingProvider>);
}

function mount(path: string, peer: FakePeer, around: (app: () => JSX.Element) => JSX.Element): Mounted {
  const history = createMemoryHistory();
  history.set({ value: path });
  const root = document.createElement('div');
  root.id = 'app';
  document.body.append(root);
  const app = () => <App peer={createPeer(peer.start)} history={history} />;
  const unmount = render(() => around(app), root);
  return {
    peer,
    path: () => history.get(),
    go: (value) => history.set({ value }),
    dispose() {
      unmount();
      root.remove();
    },
  };
}
