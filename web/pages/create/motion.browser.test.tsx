import axe from 'axe-core';
import { createMemoryHistory } from '@solidjs/router';
import { render } from 'solid-js/web';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import type { FoundingDraft } from '#workers/founding/api';
import { App } from '../../app.tsx';
import { FoundingProvider } from '../../state/founding.ts';
import { createPeer } from '../../state/peer.ts';
import '../../styles/tokens.css';
import '../../styles/base.css';
import '../../styles/frame.css';
import { fakeFounding, type FakeFounding } from '../../testing/fake-founding.ts';
import { fakePeer } from '../../testing/fake-peer.ts';
import { relayFetch } from '../../testing/federation.ts';

const RELAY = { id: 'A2sX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKW', region: 'here' };
let founding: FakeFounding;
let unmount: () => void;

beforeEach(() => {
  vi.stubGlobal('fetch', relayFetch({ '/api/relay': () => Response.json(RELAY), '/api/federations': () => Response.json([]) }));
  founding = fakeFounding();
  const history = createMemoryHistory();
  history.set({ value: '/new' });
  const root = document.body.appendChild(document.createElement('div'));
  const peer = createPeer(fakePeer().start);
  const dispose = render(
    () => (
      <FoundingProvider value={founding.start}>
        <App peer={peer} history={history} />
      </FoundingProvider>
    ),
    root,
  );
  unmount = () => {
    dispose();
    root.remove();
  };
});
afterEach(async () => {
  unmount();
  vi.unstubAllGlobals();
  await page.viewport(1280, 800);
});

const radio = (name: RegExp) => page.getByRole('radio', { name });
const drafts = () => founding.asked.filter(({ name }) => name === 'publish').map(({ args }) => args[0] as FoundingDraft);

test('movements recorded with phones need the names of activities and nothing else', async () => {
  await radio(/Movements, recorded with phones/).click();
  await expect.element(radio(/A small convolutional network/)).toBeChecked();
  expect(page.getByLabelText('Choose CSV files').query()).toBeNull();
  expect(page.getByLabelText('Moments of a window').query()).toBeNull();
  await userEvent.fill(page.getByLabelText('Answers', { exact: false }).first(), 'walking\nsitting\nrunning');
  await page.getByRole('button', { name: 'Sign and publish' }).click();
  await expect.poll(() => drafts()).toHaveLength(1);
  const [draft] = drafts();
  const axis = (name: string) => ({ name, min: -30, max: 30, typical: 0 });
  expect(draft!.task).toEqual({
    kind: 'sequence',
    channels: [axis('x'), axis('y'), axis('z')],
    length: 64,
    hop: 32,
    windowsMax: 16,
    recording: 'recording',
    motion: { rate: 25 },
    label: { name: 'activity', classes: ['walking', 'sitting', 'running'] },
  });
  expect(draft).toMatchObject({ name: 'Movements', policy: { layers: true, rowsEach: 40 }, testShare: 0 });
});

test('who changes to files of recordings begins anew, and back', async () => {
  await radio(/Movements, recorded with phones/).click();
  await expect.element(page.getByText(/Phones read acceleration along x, y and z, 25 times a second/)).toBeVisible();
  await radio(/Recordings, described by a sample/).click();
  await expect.element(page.getByLabelText('Choose CSV files')).toBeVisible();
  expect(page.getByText(/Phones read acceleration/).query()).toBeNull();
  await radio(/Movements, recorded with phones/).click();
  await expect.element(page.getByText(/Phones read acceleration/)).toBeVisible();
});

test('fits a small phone, without an accessibility problem', async () => {
  await page.viewport(320, 700);
  await radio(/Movements, recorded with phones/).click();
  await expect.element(page.getByText(/Phones read acceleration/)).toBeVisible();
  const { violations } = await axe.run(document.querySelector('.create')!);
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(320);
});
