import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { encode } from '#protocol/codec';
import { generateKeyPair, identityOf, signBody, type Identity } from '#protocol/identity';
import { fakeFounding, FRESH_RELAY, RELAY, type FakeFounding } from '../testing/fake-founding.ts';
import { relayFetch, testFederation, type Reply, type TestFederation } from '../testing/federation.ts';
import { mountFounding, type Mounted } from '../testing/mount.tsx';

let founding: FakeFounding;
let mounted: Mounted;
let project: TestFederation;

const refused = () => Response.json({ code: 'not-found', message: 'No such federation.' }, { status: 404 });
const manifest = () => new Response(project.bytes);
const serve = (answer: () => Response, policy = 'open', more: Readonly<Record<string, Reply>> = {}) =>
  vi.stubGlobal(
    'fetch',
    relayFetch({
      ...FRESH_RELAY,
      '/api/relay': () => Response.json({ ...RELAY, publish: policy }),
      [`/api/federations/${project.id}`]: answer,
      ...more,
    }),
  );

beforeEach(async () => {
  sessionStorage.clear();
  founding = fakeFounding();
  project = await testFederation({ name: 'Boats' });
});
afterEach(() => {
  mounted.dispose();
  vi.unstubAllGlobals();
});

const link = () => page.getByLabelText('Link to send');
const address = () => `${location.origin}/f/${project.id}/join`;
const heading = (name: string) => page.getByRole('heading', { level: 1, name });

async function publish(waits: boolean): Promise<void> {
  founding.answer('publish', () => ({ ok: true, value: { id: project.id, waits } }));
  mounted = mountFounding(founding.start);
  await userEvent.upload(page.getByLabelText('Choose a sample file'), new File(['a,b\n1,2\n'], 'ships.csv', { type: 'text/csv' }));
  await userEvent.fill(page.getByLabelText('What is the project called?'), 'Boats');
  await page.getByRole('button', { name: 'Publish' }).click();
}

test('the address of a published project shows its name, its link and its QR code after a reload, and again after Back', async () => {
  serve(manifest);
  await publish(false);
  await expect.element(heading('Boats is published')).toBeVisible();
  const path = mounted.path();
  mounted.dispose();
  mounted = mountFounding(founding.start, path);
  await expect.element(heading('Boats is published')).toBeVisible();
  await expect.element(link()).toHaveValue(address());
  await page.getByText('Show as QR code').click();
  await expect.element(page.getByRole('img', { name: /^QR code of/ })).toBeVisible();
  mounted.go('/');
  await expect.element(page.getByRole('link', { name: 'Create a project' })).toBeVisible();
  mounted.go(path);
  await expect.element(link()).toHaveValue(address());
  await expect.element(page.getByRole('link', { name: 'Join it now' })).toBeVisible();
});

test('one that waits for the relay’s host says so, without a way in, until the relay has it', async () => {
  serve(refused, 'approve');
  await publish(true);
  await expect.element(heading('Boats waits for approval')).toBeVisible();
  await expect.element(link()).toHaveValue(address());
  expect(page.getByRole('link', { name: 'Join it now' }).elements()).toEqual([]);
  serve(manifest, 'approve');
  const path = mounted.path();
  mounted.dispose();
  mounted = mountFounding(founding.start, path);
  await expect.element(heading('Boats is published')).toBeVisible();
  await expect.element(page.getByRole('link', { name: 'Join it now' })).toBeVisible();
});

test('one that its founder has ended since says so, with no way in, to who comes back or opens its address', async () => {
  const asked = async (answer: () => Response, open: () => unknown) => {
    const withdrawal = vi.fn<() => Response>(answer);
    serve(manifest, 'open', { [`/api/federations/${project.id}/withdrawal`]: withdrawal });
    await open();
    await expect.poll(() => withdrawal.mock.calls.length).toBe(1);
  };
  await asked(refused, () => publish(false));
  await expect.element(page.getByRole('link', { name: 'Join it now' })).toBeVisible();
  const path = mounted.path();
  const end = async (by: Identity) => {
    mounted.go('/');
    await expect.element(page.getByRole('link', { name: 'Create a project' })).toBeVisible();
    const withdrawal = encode(await signBody(by, { t: 'withdraw', fed: project.id }));
    await asked(
      () => new Response(withdrawal),
      () => mounted.go(path),
    );
  };
  await end(await identityOf(await generateKeyPair(false)));
  await expect.element(page.getByRole('link', { name: 'Join it now' })).toBeVisible(); // only its founder can end it
  await end(project.steward);
  const tells = async () => {
    await expect.element(page.getByRole('alert')).toMatchTextContent(/^Its founder has ended this project\.See the projects$/);
    await expect.element(heading('Boats')).toHaveFocus();
    expect([link(), page.getByRole('link', { name: 'Join it now' })].flatMap((one) => one.elements())).toEqual([]);
  };
  await tells();
  mounted.dispose();
  mounted = mountFounding(founding.start, path);
  await tells();
});

test('an address that the relay does not know is no published project', async () => {
  serve(refused);
  mounted = mountFounding(founding.start, `/f/${project.id}/published`);
  await expect.element(page.getByRole('alert')).toMatchTextContent(/This project is not here/);
  expect(link().elements()).toEqual([]);
});

test('a relay that does not answer can be asked again', async () => {
  serve(() => {
    throw new TypeError('Failed to fetch');
  });
  mounted = mountFounding(founding.start, `/f/${project.id}/published`);
  await expect.element(page.getByRole('alert')).toMatchTextContent(/The relay does not answer/);
  serve(manifest);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.element(heading('Boats is published')).toBeVisible();
});
