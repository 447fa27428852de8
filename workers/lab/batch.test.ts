import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MeshError } from '#protocol/errors';
import { classesOf, type ImageTask, type TableTask } from '#protocol/manifest/task';
import { predictPictures, predictTable } from './batch.ts';
import { classPredicting } from './prediction-file.ts';

const TASK: TableTask = {
  kind: 'table',
  columns: [
    { kind: 'number', name: 'Age', min: 0, max: 100 },
    { kind: 'ignored', name: 'Name' },
    { kind: 'category', name: 'Home Port', values: ['C', 'Q'], others: true },
  ],
  label: { name: 'Lived', classes: ['no', '=yes'], place: 0 },
  picture: null,
};

/** The second class's probability is the age's position in its range. */
const byAge = (x: Float32Array) => {
  const p = new Float32Array((x.length / 3) * 2);
  for (let row = 0; row * 3 < x.length; row++) p.set([0.5 - x[row * 3]! / 2, 0.5 + x[row * 3]! / 2], row * 2);
  return p;
};
const predict = (text: string, task = TASK) =>
  predictTable(text, 'people.csv', task, (width) => classPredicting(classesOf(task), width, byAge));
const lines = async (csv: Blob) => (await csv.text()).trimEnd().split('\r\n');

describe('a file of rows', () => {
  it('needs no label, keeps its row numbers, and says why a row has no prediction', async () => {
    const file = '# people\nhome_port,AGE,name\nC,25,A\n\nQ,old,B\nZ,100,"B, ""C"""\nQ,1\n';
    const result = await predict(file);
    expect(result).toMatchObject({ name: 'people-predictions.csv', rows: 2, leftOut: 2 });
    expect(result.first).toEqual([
      { row: 3, mark: '3', best: 0, probability: 0.75 },
      { row: 6, mark: '6', best: 1, probability: 1 },
    ]);
    expect(await lines(result.csv)).toEqual([
      'row,predicted,probability of no,probability of =yes,problem',
      '3,no,0.750000,0.250000,',
      `5,,,,"value-type: Age: expected a number, got 'old'"`,
      "6,'=yes,0.00000,1.00000,",
      '7,,,,"column-count: expected 3 columns, got 2"',
    ]);
  });

  it('may still have the label, with or without a header', async () => {
    const plain = await lines((await predict('25,A,C\n50,B,Q\n')).csv);
    expect(await lines((await predict('no,25,A,C\n=yes,50,B,Q\n')).csv)).toEqual(plain);
    const named = await lines((await predict('Lived;Age;Home Port\n?;25;C\nno;50;Q\n')).csv);
    expect(named.slice(1)).toEqual(['2,no,0.750000,0.250000,', '3,no,0.500000,0.500000,']);
    expect(plain.slice(1)).toEqual(['1,no,0.750000,0.250000,', '2,no,0.500000,0.500000,']);
  });

  it('may have one column, if the task reads one', async () => {
    const task: TableTask = { ...TASK, columns: [TASK.columns[0]!] };
    const told = (x: Float32Array) => new Float32Array(2 * x.length).fill(0.5);
    for (const text of ['Age\n25\n50\n', '25\n50\n']) {
      const { rows, leftOut } = await predictTable(text, 'a.csv', task, (width) => classPredicting(classesOf(task), width, told));
      expect({ rows, leftOut }).toEqual({ rows: 2, leftOut: 0 });
    }
  });

  it('names its columns as a training file does: by exact spelling first, then by another', async () => {
    const columns = ['x1', 'x_1', 'Größe'].map((name) => ({ kind: 'number' as const, name, min: 0, max: 100 }));
    const seen: number[][] = [];
    const told = (x: Float32Array) => (seen.push([...x]), new Float32Array((x.length / 3) * 2).fill(0.5));
    const task: TableTask = { ...TASK, columns };
    await predictTable('x1,x_1,Größe\n0,50,100\n', 'a.csv', task, (width) => classPredicting(classesOf(task), width, told));
    await predictTable("'GRÖSSE','x_1','x1'\n100,50,0\n", 'b.csv', task, (width) => classPredicting(classesOf(task), width, told));
    expect(seen).toEqual([
      [-1, 0, 1],
      [-1, 0, 1],
    ]);
  });

  it('is read by the decimal mark that all its cells imply, as training rows are', async () => {
    const fares: TableTask = { ...TASK, columns: [{ kind: 'number', name: 'Age', min: 0, max: 2000 }, ...TASK.columns.slice(1)] };
    const told = async (text: string) => (await lines((await predict(text, fares)).csv)).slice(1).map((line) => line.split(',')[3]);
    // 1,500 means one and a half beside 2,5, and fifteen hundred beside 2.5.
    expect(await told('Age;Home Port\n1,500;C\n2,5;C\n')).toEqual(['0.000750005', '0.00125000']);
    expect(await told('Age;Home Port\n1,500;C\n2.5;C\n')).toEqual(['0.750000', '0.00125000']);
  });

  it('keeps the order of rows over many blocks', async () => {
    const text = `Age,Home Port\n${Array.from({ length: 2000 }, (_, i) => (i % 7 === 3 ? 'x,C' : `${i % 101},C`)).join('\n')}`;
    const result = await predict(text);
    const marks = (await lines(result.csv)).slice(1).map((line) => Number(line.split(',')[0]));
    expect(marks).toEqual(Array.from({ length: 2000 }, (_, i) => i + 2));
    expect(result.rows + result.leftOut).toBe(2000);
    expect(result.first).toHaveLength(20);
  });

  it('is refused with what is wrong if it cannot be used', async () => {
    const refused = (text: string) => predict(text).catch((error: MeshError) => [error.code, error.detail.row, error.detail.field]);
    expect(await refused('')).toEqual(['file-empty', undefined, undefined]);
    expect(await refused('Age,Name\n')).toEqual(['column-missing', 1, 'Home Port']);
    expect(await refused('Age,Home Port\n')).toEqual(['file-empty', undefined, undefined]);
    expect(await refused('1,2\n3,4')).toEqual(['column-count', 1, undefined]);
    expect(await refused('Age,Home Port\nx,C\ny,C')).toEqual(['value-type', undefined, 'Age']);
    expect(await refused('\0\0\0')).toEqual(['file-binary', undefined, undefined]);
  });

  it('gives, whatever it has, a line per row or an error that names what was expected', async () => {
    const piece = fc.constantFrom('Age', 'Home Port', ',', ';', '\n', '"', '12', 'C', '-3e9', 'é', '\t', '#', 'Lived', ' ');
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), async (pieces) => {
        const result = await predict(pieces.join('')).catch((error: unknown) => error);
        if (result instanceof MeshError) return;
        const { csv, rows, leftOut } = result as Awaited<ReturnType<typeof predict>>;
        expect(rows).toBeGreaterThan(0);
        expect((await csv.text()).match(/^\d+,(no|'=yes|),/gm)).toHaveLength(rows + leftOut);
      }),
    );
  });
});

describe('pictures', () => {
  const IMAGES: ImageTask = {
    kind: 'image',
    width: 4,
    height: 4,
    colour: 'grey',
    background: 'dark',
    label: { name: 'what', classes: ['dark', 'light'] },
  };
  const brightness = (x: Float32Array) => {
    const p = new Float32Array((x.length / 16) * 2);
    for (let row = 0; row * 16 < x.length; row++) p.set([1 - x[row * 16]! / 2, x[row * 16]! / 2], row * 2);
    return p;
  };

  it('are listed by name, a bad one with what is wrong', async () => {
    const files = ['a.png', 'bad.png', '-b.png'].map((name) => new File([name], name));
    const read = async (file: Blob) => {
      const name = await file.text();
      if (name === 'bad.png') throw new MeshError('file-binary', { expected: 'a picture' });
      return new Uint8Array(16).fill(name === 'a.png' ? 255 : 0);
    };
    const result = await predictPictures(files, IMAGES, read, brightness);
    expect(await lines(result.csv)).toEqual([
      'file,predicted,probability of dark,probability of light,problem',
      'a.png,light,0.00000,1.00000,',
      'bad.png,,,,file-binary: expected a picture',
      "'-b.png,dark,1.00000,0.00000,",
    ]);
    expect(result.first.map((found) => [found.row, 'best' in found && found.best])).toEqual([
      [1, 1],
      [3, 0],
    ]);
    await expect(predictPictures([], IMAGES, read, brightness)).rejects.toMatchObject({ code: 'file-empty' });
    await expect(predictPictures([files[1]!], IMAGES, read, brightness)).rejects.toMatchObject({ code: 'file-binary' });
  });
});
