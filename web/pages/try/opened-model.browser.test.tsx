import { createSignal } from 'solid-js';
import { render } from 'solid-js/web';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Result } from '#workers/api';
import type { OpenedState } from '#workers/lab/api';
import { LabProvider } from '../../state/lab.ts';
import { fakeLab, type FakeLab } from '../../testing/fake-lab.ts';
import { testFederation, type TestFederation } from '../../testing/federation.ts';
import { openModels, type ModelFile, type OpenModels } from './opened-model.ts';

let federation: TestFederation;
let lab: FakeLab;
let dispose: (() => void) | undefined;
/** The lab's calls to open a model, by the model's round. */
let opens: { readonly round: number; answer(answer: Result<OpenedState>): void }[];
beforeEach(async () => {
  federation = await testFederation({ testSet: null });
  lab = fakeLab();
  opens = [];
  lab.answer('open', (_federation, _manifest, model) => {
    return new Promise((answer) => opens.push({ round: model![0]!, answer }));
  });
});
afterEach(() => dispose?.());

const modelOf = (round: number): ModelFile => ({ name: `round-${round}`, bytes: Uint8Array.of(round) });
const done = (round: number): Result<OpenedState> => ({ ok: true, value: { round, models: round, state: null, typical: {} } });
const REFUSED = { ok: false, error: { code: 'frame-malformed', detail: {} } } as const;

function opened(first: number) {
  const [round, setRound] = createSignal(first);
  let models: OpenModels | undefined;
  const Screen = () => {
    models = openModels(
      {
        federation: federation.id,
        manifest: federation.body,
        get model() {
          return modelOf(round());
        },
      },
      () => {},
    );
    return null;
  };
  dispose = render(
    () => (
      <LabProvider value={lab.open}>
        <Screen />
      </LabProvider>
    ),
    document.body.appendChild(document.createElement('main')),
  );
  return { setRound, shown: () => models!.opened()?.round ?? null, problem: () => models!.problem()?.code ?? null, models: () => models! };
}
const rounds = () => opens.map(({ round }) => round);

test('models that come faster than a lab opens them are shown all the same, the newest next, and none is queued', async () => {
  const { setRound, shown } = opened(1);
  await expect.poll(rounds).toEqual([1]);
  setRound(2);
  setRound(3);
  opens[0]!.answer(done(1));
  await expect.poll(shown).toBe(1);
  await expect.poll(rounds).toEqual([1, 3]);
  setRound(4);
  setRound(5);
  expect(rounds()).toEqual([1, 3]);
  opens[1]!.answer(done(3));
  await expect.poll(shown).toBe(3);
  await expect.poll(rounds).toEqual([1, 3, 5]);
  opens[2]!.answer(done(5));
  await expect.poll(shown).toBe(5);
  expect(rounds()).toEqual([1, 3, 5]);
});

test('a newer model that is refused leaves what was open, and is told', async () => {
  const { setRound, shown, problem } = opened(1);
  await expect.poll(rounds).toEqual([1]);
  opens[0]!.answer(done(1));
  await expect.poll(shown).toBe(1);
  setRound(2);
  await expect.poll(rounds).toEqual([1, 2]);
  opens[1]!.answer(REFUSED);
  await expect.poll(problem).toBe('frame-malformed');
  expect(shown()).toBe(1);
  setRound(3);
  await expect.poll(rounds).toEqual([1, 2, 3]);
  opens[2]!.answer(done(3));
  await expect.poll(shown).toBe(3);
  expect(problem()).toBeNull();
});

test('a file that is chosen while a model is opened is not replaced by it, nor by one that came after it', async () => {
  const { setRound, shown, models } = opened(1);
  await expect.poll(rounds).toEqual([1]);
  setRound(2);
  await models().openFile(new File([], 'mine.safetensors'));
  opens[0]!.answer(done(1));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([shown(), models().opened()!.file!.name, rounds()]).toEqual([null, 'mine.safetensors', [1]]);
  models().back();
  await expect.poll(rounds).toEqual([1, 2]);
  opens[1]!.answer(done(2));
  await expect.poll(shown).toBe(2);
});
