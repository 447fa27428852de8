/** Routes and the frame around them. The landing page is the first view; the other pages are loaded when visited. */
import { type createMemoryHistory, MemoryRouter, Route, Router } from '@solidjs/router';
import { lazy, Show, type JSX, type ParentProps } from 'solid-js';
import { Unbroken } from './pages/broken.tsx';
import Home from './pages/home.tsx';
import { PeerProvider, type Peer } from './state/peer.ts';
import { pageBase } from './state/relay.ts';
import { Frame } from './ui/frame.tsx';

const Join = lazy(() => import('./pages/join.tsx'));
const Train = lazy(() => import('./pages/train.tsx'));
const Create = lazy(() => import('./pages/create.tsx'));
const Published = lazy(() => import('./pages/published.tsx'));
const Practice = lazy(() => import('./pages/practice.tsx'));
const Try = lazy(() => import('./pages/try.tsx'));
const Report = lazy(() => import('./pages/report.tsx'));
const Demo = lazy(() => import('./pages/demo.tsx'));
const Models = lazy(() => import('./pages/models.tsx'));
const Help = lazy(() => import('./pages/help.tsx'));
/** For developers; absent from builds. */
const Components = import.meta.env.DEV ? lazy(() => import('./pages/components.tsx')) : null;
const Lost = lazy(() => import('./pages/lost.tsx'));

export function Root(props: ParentProps): JSX.Element {
  return (
    <Frame>
      <Unbroken>{props.children}</Unbroken>
    </Frame>
  );
}

/** @param props.history for tests, which do not own the address bar */
export function App(props: { readonly peer: Peer; readonly history?: ReturnType<typeof createMemoryHistory> }): JSX.Element {
  const routes = (
    <>
      <Route path="/" component={Home} />
      <Route path="/demo" component={Demo} />
      <Route path="/models" component={Models} />
      <Route path="/help" component={Help} />
      <Route path="/new" component={Create} />
      <Route path="/f/:id/published" component={Published} />
      <Route path="/f/:id/join" component={Join} />
      <Route path="/f/:id/practice" component={Practice} />
      <Route path="/f/:id/try" component={Try} />
      <Route path="/f/:id/report" component={Report} />
      <Route path="/f/:id" component={Train} />
      {Components === null ? null : <Route path="/components" component={Components} />}
      <Route path="*" component={Lost} />
    </>
  );
  return (
    <PeerProvider value={props.peer}>
      <Show
        when={props.history}
        fallback={
          <Router root={Root} base={pageBase().slice(0, -1)}>
            {routes}
          </Router>
        }
      >
        {(history) => (
          <MemoryRouter root={Root} history={history()}>
            {routes}
          </MemoryRouter>
        )}
      </Show>
    </PeerProvider>
  );
}
