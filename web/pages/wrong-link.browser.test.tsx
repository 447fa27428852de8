/** A link that was cut short, mistyped, or leads to an unknown project: a sentence and one thing to do, on every page. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { fakePeer } from '../testing/fake-peer.ts';
import { relayOf, testFederation, type TestFederation } from '../testing/federation.ts';
import { mountAt, type Mounted } from '../testing/mount.tsx';

let federation: TestFederation;
let mounted: Mounted | undefined;
let asked: string[];

beforeEach(async () => {
  federation = await testFederation();
  asked = [];
  const relay = relayOf(federation);
  vi.stubGlobal('fetch', (input: RequestInfo | URL) => {
    asked.push(new URL(String(input)).pathname);
    return relay(input);
  });
});
afterEach(() => {
  mounted?.dispose();
  vi.unstubAllGlobals();
});

const PAGES = ['', '/join', '/try', '/report', '/practice'];

test.each(PAGES.flatMap((rest) => [`/f/handwritten-digits${rest}`, `/f/SHORT${rest}`, `/f/SHORT.${rest}`]))(
  '%s is incomplete',
  async (path) => {
    mounted = mountAt(path.replace('SHORT', federation.id.slice(0, -3)));
    const alert = page.getByRole('alert');
    await expect.element(alert).toMatchTextContent(/^▲ This link is incomplete\..*Ask whoever sent it to send it again\.See the projects$/);
    // No technical text: no pattern, no code, and no request was made.
    expect(alert.element().textContent).not.toMatch(/[\\^${}]|field-invalid/);
    expect(asked.filter((one) => one.includes('/api/federations/'))).toEqual([]);
    expect(alert.getByRole('button').elements()).toEqual([]);
    await alert.getByRole('link', { name: 'See the projects' }).click();
    await expect.poll(() => mounted!.path()).toBe('/');
  },
);

test.each(PAGES)('a whole id of no project of this relay%s: it is not here', async (rest) => {
  const peer = fakePeer();
  mounted = mountAt(`/f/${'x'.repeat(43)}${rest}`, peer);
  const alert = page.getByRole('alert');
  await expect.element(alert).toMatchTextContent(/This project is not here\..*Ask whoever sent the link\.See the projects$/);
  expect(alert.element().textContent).not.toMatch(/[\\^${}]|not-found/);
  expect(peer.asked).toEqual([]);
});
