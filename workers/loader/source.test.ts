import { expect, it } from 'vitest';
import { loadNumerics } from '#wasm/load-node';
import { manifestFixture } from '../manifest.fixture.ts';
import { openTrainerEndpoint } from '../trainer-endpoint.ts';

const TASK = {
  kind: 'image',
  width: 4,
  height: 4,
  colour: 'grey',
  background: 'dark',
  label: { name: 'shape', classes: ['bar', 'dot', 'none'] },
} as const;

async function endpoint() {
  const trainer = openTrainerEndpoint(loadNumerics(), () => Promise.reject(new Error('no samples here')));
  await trainer.open({ ...manifestFixture(), task: { ...TASK, label: { ...TASK.label, classes: [...TASK.label.classes] } } });
  return trainer;
}

it('without a browser, pictures are refused with what to bring instead, and drawings are read', async () => {
  const trainer = await endpoint();
  expect(await trainer.load({ pictures: [new File(['x'], 'bar/1.png')] })).toEqual({
    ok: false,
    error: { code: 'field-invalid', detail: { field: 'data', expected: 'a table, or a browser to decode pictures', got: 'pictures' } },
  });
  const drawing = (shade: number, label: number) => ({ pixels: new Uint8Array(16).fill(shade), label });
  expect(await trainer.load({ drawings: [drawing(9, 0), drawing(99, 1)] })).toMatchObject({
    ok: true,
    value: { report: { rows: 2, heldOut: 0 } },
  });
  await trainer.close();
});

it('a federation of pictures takes no table', async () => {
  const trainer = await endpoint();
  expect(await trainer.load({ text: 'a,b\n1,2\n' })).toMatchObject({
    ok: false,
    error: { code: 'field-invalid', detail: { expected: 'pictures' } },
  });
  await trainer.close();
});
