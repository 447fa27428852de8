/** The page's entry: theme first, then either the application or a screen that says why it cannot run here. */
import { render } from 'solid-js/web';
import './styles/tokens.css';
import './styles/base.css';
import './styles/frame.css';
import { App } from './app.tsx';
import { keepPage } from './state/offline.ts';
import { createPeer } from './state/peer.ts';
import { missingFeatures } from './state/platform.ts';
import { goesOnWith } from './state/taken-part.ts';
import { applyTheme } from './state/theme.ts';

const KEEP_AFTER_MS = 3000;

applyTheme();
const root = document.querySelector('#app')!;
const missing = missingFeatures(globalThis);
if (missing.length > 0) {
  // Not awaited: it shares code with this file's bundle, which would wait for itself.
  void import('./pages/insecure.tsx').then(({ default: Insecure }) => {
    render(() => <Insecure missing={missing} origin={location.origin} />, root);
  });
} else {
  const peer = createPeer(async (listener) => (await import('./state/peer-worker.ts')).startPeerWorker(listener));
  render(() => <App peer={peer} />, root);
  const going = goesOnWith();
  if (going !== null && !location.pathname.includes('/f/')) {
    void import('./state/resume.ts').then(({ resumeTraining }) => resumeTraining(peer, going));
  }
  // Registered once the page and its first requests are done, so that caching does not compete with them.
  if (import.meta.env.PROD) addEventListener('load', () => setTimeout(() => void keepPage(), KEEP_AFTER_MS));
}
