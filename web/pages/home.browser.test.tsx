import { afterEach, expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import type { Hash } from '#protocol/codec';
import { forgetTakenPart, noteTakenPart } from '../state/taken-part.ts';
import { listLine, relayFetch, relayOf, testFederation } from '../testing/federation.ts';
import { mountAt, type Mounted } from '../testing/mount.tsx';

let mounted: Mounted | undefined;
const at = (path: string, relay: typeof fetch) => {
  vi.stubGlobal('fetch', relay);
  mounted = mountAt(path);
};
afterEach(() => {
  forgetTakenPart();
  mounted?.dispose();
  vi.unstubAllGlobals();
});

test('says that it is asking, then lists what each project is about', async () => {
  const federation = await testFederation();
  let answer: (() => void) | undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  at(
    '/',
    relayFetch({
      '/api/federations': async () => {
        await held;
        return Response.json([{ ...listLine(federation, { members: 1, round: 0 }), models: 0 }]);
      },
    }),
  );
  await expect.element(page.getByText(/Asking the relay/)).toBeVisible();
  answer!();
  const line = page.getByRole('list', { name: 'Projects' }).getByRole('listitem');
  await expect.element(line.getByRole('heading', { name: 'Handwritten digits' })).toBeVisible();
  for (const text of ['1 participant here now', 'not started', 'protects each row'])
    await expect.element(line).toMatchTextContent(new RegExp(text));
  const link = line.getByRole('link', { name: 'Join Handwritten digits' });
  expect(link.element().getAttribute('href')).toBe(`/f/${federation.id}/join`);
  expect(document.title).toBe('Train a model together · Sovereign Mesh');
});

test('a relay without federations says so', async () => {
  at('/', relayFetch({ '/api/federations': () => Response.json([]) }));
  await expect.element(page.getByText('There is no project here yet. Create the first one.')).toBeVisible();
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
  await expect.element(page.getByText(/Relay gone/)).toBeVisible();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(() => replies.length).toBe(1);
  await expect.element(alert).toMatchTextContent(/The relay does not answer./);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.element(page.getByText(/2 participants here now/)).toBeVisible();
  expect(alert.query()).toBeNull();
});

test('a refusal shows its code, and a reply of the wrong shape is an error, not an empty list', async () => {
  at('/', relayFetch({ '/api/federations': () => Response.json({ code: 'rate-limited' }, { status: 429 }) }));
  await expect.element(page.getByRole('alert')).toMatchTextContent(/rate-limited/);
  mounted!.dispose();
  at('/', relayFetch({ '/api/federations': () => Response.json([{ id: 7 }]) }));
  await expect.element(page.getByRole('alert')).toMatchTextContent(/A message could not be read./);
});

test('an address that leads nowhere says so and leads back', async () => {
  at('/nowhere', relayOf(await testFederation()));
  await expect.element(page.getByRole('heading', { name: 'There is no such page' })).toBeVisible();
  await page.getByRole('link', { name: 'See the projects' }).click();
  await expect.element(page.getByRole('heading', { name: 'Projects' })).toBeVisible();
});

test('a refresh leaves the focus where it was', async () => {
  const federation = await testFederation();
  let asked = 0;
  at('/', relayFetch({ '/api/federations': () => Response.json([listLine(federation, { members: ++asked, round: 1 })]) }));
  const link = page.getByRole('link', { name: 'Join Handwritten digits' });
  await expect.element(link).toBeVisible();
  (link.element() as HTMLElement).focus();
  document.dispatchEvent(new Event('visibilitychange'));
  await expect.element(page.getByText(/2 participants here now/)).toBeVisible();
  expect(document.activeElement).toBe(link.element());
});

test('a finished one is said to be finished, and leads to its model', async () => {
  const federation = await testFederation();
  const line = { ...listLine(federation, { members: 0, round: 83 }), models: 80 };
  at('/', relayFetch({ '/api/federations': () => Response.json([line]) }));
  await expect.element(page.getByText(/the model is ready/)).toBeVisible();
  const link = page.getByRole('link', { name: `Try it: ${federation.body.name}` });
  expect(link.element().getAttribute('href')).toBe(`/f/${federation.id}/try`);
  expect(page.getByRole('link', { name: /^Join / }).query()).toBeNull();
});

test('the demo waits to be asked for: a still picture, one filled button, and no thread before', async () => {
  const federation = await testFederation();
  const started = vi.spyOn(globalThis, 'Worker');
  at('/', relayFetch({ '/api/federations': () => Response.json([{ ...listLine(federation, { members: 0, round: 0 }), demo: true }]) }));
  await expect.element(page.getByRole('link', { name: 'Join Handwritten digits' })).toBeVisible();
  expect(page.getByRole('link', { name: 'Try the demo' }).element().getAttribute('href')).toBe('/demo');
  expect(document.querySelectorAll('.button.primary')).toHaveLength(1);
  expect(document.querySelectorAll('.mesh-pulses circle')).toHaveLength(0);
  expect(started).not.toHaveBeenCalled();
  started.mockRestore();
});

test('a link that was sent leads to its project, and a cut one is told to be incomplete', async () => {
  const federation = await testFederation();
  at('/', relayOf(federation));
  await page.getByText('Join with a link').click();
  const field = page.getByLabelText('The link you were sent');
  await field.fill(`http://localhost/f/${federation.id.slice(0, 20)}`);
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await expect.element(page.getByText(/This link is incomplete/)).toBeVisible();
  await expect.element(field).toHaveFocus();
  await field.fill(`https://elsewhere.example/f/${federation.id}/join`);
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  expect(page.getByRole('link', { name: 'elsewhere.example' }).element().getAttribute('href')).toBe(
    `https://elsewhere.example/f/${federation.id}/join`,
  );
  await field.fill(`${location.origin}/f/${federation.id}/join`);
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await expect.element(page.getByRole('heading', { name: 'Join Handwritten digits' })).toBeVisible();
});

test('the list says where this browser took part, and its models are listed until everything is deleted', async () => {
  const federation = await testFederation();
  noteTakenPart(federation.id as Hash, 'Handwritten digits');
  at('/', relayOf(federation));
  await expect.element(page.getByText('You took part')).toBeVisible();
  mounted!.go('/models');
  await expect.element(page.getByRole('link', { name: 'Try it: Handwritten digits' })).toHaveAttribute('href', `/f/${federation.id}/try`);
  forgetTakenPart();
  await expect.element(page.getByText(/None yet/)).toBeVisible();
  expect(localStorage.getItem('mesh-projects')).toBeNull();
});
