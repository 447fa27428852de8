/**
 * The page on this device, without its relay: registers the service worker, and says when a newer version of the page is waiting. Only in a
 * build, and only if the browser allows it; without it, the page works while the relay answers.
 */
import { createSignal } from 'solid-js';
import { pageBase } from './relay.ts';

const [waiting, setWaiting] = createSignal<ServiceWorker | null>(null);

/** True once a newer page is on this device, waiting to be loaded; this one continues until then. */
export const newVersion = (): boolean => waiting() !== null;

/** Lets the newer page take over and loads it; a stored session resumes by itself. */
export function takeNewVersion(): void {
  const worker = waiting();
  // Another tab asked first: it has taken over already, and will not do so again.
  if (worker?.state !== 'installed') return location.reload();
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  worker.postMessage('take-over');
}

/** Async, so that a browser that throws on mere access, when a site may store nothing, counts as refusing. */
const register = async () => navigator.serviceWorker.register(`${pageBase()}service-worker.js`, { updateViaCache: 'none' });

export async function keepPage(): Promise<void> {
  if (!isSecureContext || !('serviceWorker' in navigator)) return;
  // Refused by the browser, or the relay is away: the current page works as it is.
  const registration = await register().catch(() => null);
  if (registration === null) return;
  const look = (worker: ServiceWorker | null) => {
    // Without a controller it is the first version, which need not wait.
    if (worker?.state === 'installed' && navigator.serviceWorker.controller !== null) setWaiting(worker);
  };
  look(registration.waiting);
  registration.addEventListener('updatefound', () => {
    const worker = registration.installing;
    worker?.addEventListener('statechange', () => look(worker));
  });
}
