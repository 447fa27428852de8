import { createMemoryHistory, MemoryRouter, Route } from '@solidjs/router';
import { ErrorBoundary, lazy, type JSX, type ParentProps } from 'solid-js';
import { render } from 'solid-js/web';
import { afterEach, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { Root } from '../app.tsx';
import { PeerProvider, createPeer } from '../state/peer.ts';
import { fakePeer } from '../testing/fake-peer.ts';

let dispose: (() => void) | undefined;
afterEach(() => dispose?.());

function open(broken: () => JSX.Element): ReturnType<typeof createMemoryHistory> {
  const history = createMemoryHistory();
  history.set({ value: '/broken' });
  const root = document.body.appendChild(document.createElement('div'));
  const outer = (props: ParentProps) => (
    <ErrorBoundary fallback={<p>past the frame</p>}>
      <Root>{props.children}</Root>
    </ErrorBoundary>
  );
  const stop = render(
    () => (
      <PeerProvider value={createPeer(fakePeer().start)}>
        <MemoryRouter root={outer} history={history}>
          <Route path="/broken" component={broken} />
          <Route path="/" component={() => <h1>Whole</h1>} />
        </MemoryRouter>
      </PeerProvider>
    ),
    root,
  );
  dispose = () => {
    stop();
    root.remove();
  };
  return history;
}

test('a page whose part does not load, since its relay is gone, says so; another page is whole', async () => {
  const history = open(lazy(() => import(/* @vite-ignore */ `/no-such-part-${crypto.randomUUID()}.js`)));
  await expect.element(page.getByRole('alert')).toMatchTextContent(/The relay does not answer/);
  await expect.element(page.getByRole('button', { name: 'Try again' })).toBeVisible();
  history.set({ value: '/' });
  await expect.element(page.getByRole('heading', { name: 'Whole' })).toBeVisible();
  await expect.element(page.getByRole('alert')).not.toBeInTheDocument();
});

test('a page that breaks says that the program is to blame', async () => {
  open(() => {
    throw new Error('no such cell');
  });
  await expect.element(page.getByRole('alert')).toMatchTextContent(/Something went wrong inside the program.*no such cell/i);
});
