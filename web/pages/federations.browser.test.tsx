import { afterEach, expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { listLine, relayFetch, relayOf, testFederation } from '../testing/federation.ts';
import { mountAt, type Mounted } from '../testing/mount.tsx';

let mounted: Mounted | undefined;
const at = (path: string, relay: typeof fetch) => {
  vi.stubGlobal('fetch', relay);
  mounted = mountAt(path);
};
afterEach(() => {
  mounted?.dispose();
  vi.unstubAllGlobals();
});

test('says that it is asking, then lists what each federation is about', async () => {
  const federation = await testFederation();
  let answer: (() => void) | undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  at(
    '/',
    relayFetch({
      '/api/federations': async () => {
        await held;
        return Response.json([listLine(federation, { members: 1, round: 0 })]);
      },
    }),
  );
  await expect.element(page.getByText(/Asking the relay/)).toBeVisible();
  answer!();
  const line = page.getByRole('list', { name: 'Federations of this relay' }).getByRole('listitem');
  await expect.element(line.getByRole('heading', { name: 'Handwritten digits' })).toBeVisible();
  for (const text of ['1 person now', 'not started', 'each row', 'ε up to 1']) await expect.element(line.getByText(text)).toBeVisible();
  const link = line.getByRole('link', { name: 'Take part in Handwritten digits' });
  expect(link.element().getAttribute('href')).toBe(`/f/${federation.id}/join`);
  await expect.element(page.getByText(/Relay reachable/)).toBeVisible();
  expect(document.title).toBe('Federations · Sovereign Mesh');
});

test('a relay without federations says so', async () => {
  at('/', relayFetch({ '/api/federations': () => Response.json([]) }));
  await expect.element(page.getByText('No federations yet')).toBeVisible();
});

test('an unreachable relay is a message with a way on, and trying again works', async () => {
  const federation = await testFederation();
  const replies: (() => Response)[] = [
    () => {
      throw new TypeError('Failed to fetch');
    },
    () => new Response('bad gateway', { status: 502 }),
    () => Response.json([listLine(federation, { members: 2, round: 3 })]),
  ];
  at('/', relayFetch({ '/api/federations': () => replies.shift()!() }));
  const alert = page.getByRole('alert');
  await expect.element(alert).toMatchTextContent(/The relay does not answer./);
  await expect.element(page.getByText(/Relay unreachable/)).toBeVisible();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(() => replies.length).toBe(1);
  await expect.element(alert).toMatchTextContent(/The relay does not answer./);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.element(page.getByText('2 people now')).toBeVisible();
  expect(alert.query()).toBeNull();
});

test('a refusal shows its code, and a reply of the wrong shape is an error, not an empty list', async () => {
  at('/', relayFetch({ '/api/federations': () => Response.json({ code: 'rate-limited' }, { status: 429 }) }));
  await expect.element(page.getByRole('alert')).toMatchTextContent(/rate-limited/);
  mounted!.dispose();
  at('/', relayFetch({ '/api/federations': () => Response.json([{ id: 7 }]) }));
  await expect.element(page.getByRole('alert')).toMatchTextContent(/Something went wrong inside the program./);
});

test('an address that leads nowhere says so and leads back', async () => {
  at('/nowhere', relayOf(await testFederation()));
  await expect.element(page.getByRole('heading', { name: 'There is no such page' })).toBeVisible();
  await page.getByRole('link', { name: 'See the federations' }).click();
  await expect.element(page.getByRole('heading', { name: 'Federations' })).toBeVisible();
});

test('a refresh leaves the focus where it was', async () => {
  const federation = await testFederation();
  let asked = 0;
  at('/', relayFetch({ '/api/federations': () => Response.json([listLine(federation, { members: ++asked, round: 1 })]) }));
  const link = page.getByRole('link', { name: 'Take part in Handwritten digits' });
  await expect.element(link).toBeVisible();
  (link.element() as HTMLElement).focus();
  document.dispatchEvent(new Event('visibilitychange'));
  await expect.element(page.getByText('2 people now')).toBeVisible();
  expect(document.activeElement).toBe(link.element());
});

test('a finished one is said to be finished, and leads to its model', async () => {
  const federation = await testFederation();
  const line = { ...listLine(federation, { members: 0, round: 83 }), models: 80 };
  at('/', relayFetch({ '/api/federations': () => Response.json([line]) }));
  await expect.element(page.getByText('finished, all 80 done')).toBeVisible();
  const link = page.getByRole('link', { name: `Use the model of ${federation.body.name}` });
  expect(link.element().getAttribute('href')).toBe(`/f/${federation.id}/try`);
  expect(page.getByRole('link', { name: /^Take part/ }).query()).toBeNull();
});
