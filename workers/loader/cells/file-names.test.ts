import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { FileNames, linesOfFiles } from './file-names.ts';
import { Findings } from './findings.ts';

const PATHS = ['images/a.jpg', 'images/b.JPG', 'images/sub/c.png', 'images/été 1.png', 'images/x/same.png', 'images/y/same.png'];
const find = (cell: string, paths: readonly string[] = PATHS) => new FileNames(paths, { numbers: false }).find(cell);

describe('a list that writes more of the path than was chosen, or less', () => {
  test.each([
    ['images/a.jpg', 0],
    ['a.jpg', 0],
    ['a', 0],
    ['dataset/images/a.jpg', 0],
    ['./dataset/images/A.JPG', 0],
    ['/mnt/disk/dataset/images/a.jpg', 0],
    ['C:\\Users\\Ada\\images\\b.jpg', 1],
    ['D:/pictures/sub/c.png', 2],
    ['https://pictures.example/set/images/sub/c.png?size=large&v=2#top', 2],
    ['file:///C:/images/%C3%A9t%C3%A9%201.png', 3],
    ['images/%C3%A9t%C3%A9 1.png', 3],
    ['images/e\u0301te\u0301 1.png', 3],
    ['dataset/a.HEIC', 0],
    ['data/images/y/same.png', 5],
  ])('%s is file %i', (cell, place) => expect(find(cell)).toMatchObject({ place }));

  test.each(['', 'z.jpg', 'images', 'other/c.png', 'a.jpg/more', '%', '%E0%A4%A', 'a.txt.png', '/'.repeat(200), 'x'.repeat(9000)])(
    '%j names none',
    (cell) => expect(find(cell)).toBeNull(),
  );

  test.each(['same.png', 'same', 'set/of/somebody/same'])('%s is ambiguous', (cell) =>
    expect(find(cell, ['x/same.png', 'y/same.png', 'y/z/same.png'])).toBe('several'),
  );

  it('keeps URL characters in a name if a file has them', () => {
    expect(find('a?b.png', ['p/a?b.png', 'p/a.png'])).toMatchObject({ place: 0 });
    expect(find('a%20b.png', ['p/a b.png', 'p/a%20b.png'])).toMatchObject({ place: 1 });
  });

  it('finds recordings alone by the last number of a name, unless two files share it', () => {
    const names = new FileNames(['s/walk_07.csv', 's/walk_8.csv', 's/run_8.csv'], { numbers: true });
    expect([names.find('7'), names.find('7.0'), names.find('8'), names.find('9')]).toEqual([
      { place: 0, parts: 1 },
      { place: 0, parts: 1 },
      'several',
      null,
    ]);
    expect(find('1')).toBeNull();
  });
});

describe('lines of a list', () => {
  const told = (paths: readonly string[], ...lines: readonly (readonly [name: string, answer: string])[]) => {
    const findings = new Findings();
    const unknown: string[] = [];
    const of = linesOfFiles(
      lines.map(([name, answer], i) => ({ row: i + 2, name, answer })),
      new FileNames(paths, { numbers: false }),
      'labels.csv',
      findings,
      ({ name }) => void unknown.push(name),
    );
    return { answers: paths.map((_, place) => of.get(place)?.answer ?? null), unknown, findings: findings.list() };
  };

  it('that match more of a path give its answer', () => {
    const { answers, findings } = told(['dogs/1.jpg', 'dogs/2.jpg'], ['pets/cats/1.jpg', 'cat'], ['pets/dogs/1.jpg', 'dog'], ['2', 'dog']);
    expect([answers, findings]).toEqual([['dog', 'dog'], []]);
  });

  it('that disagree about a file leave it out, and are reported', () => {
    const { answers, findings } = told(['a.jpg', 'b.jpg'], ['cats/a.jpg', 'cat'], ['dogs/a.jpg', 'dog'], ['b', 'dog'], ['b.jpg', 'Dog ']);
    expect(answers).toEqual([null, 'dog']);
    expect(findings).toMatchObject([
      {
        code: 'list-ambiguous',
        action: 'left-out',
        column: 'labels.csv',
        rows: [3],
        got: "'cats/a.jpg' is 'cat' in line 2, 'dog' in line 3",
      },
    ]);
  });

  it('that may mean several files are reported', () => {
    const { answers, findings, unknown } = told(['x/a.png', 'y/a.png', 'z/b.png'], ['a.png', 'cat'], ['b.png', 'dog'], ['c.png', 'dog']);
    expect([answers, unknown]).toEqual([[null, null, 'dog'], ['c.png']]);
    expect(findings).toMatchObject([{ code: 'list-ambiguous', count: 1, rows: [2], got: "'a.png' may be several files" }]);
  });
});

test('for any names, the one found and the one sought end alike, with or without the chosen folder', () => {
  const part = fc.oneof(fc.constantFrom('a', 'b', 'images', '..', '.', 'C:', 'x.png', 'x.PNG', '1'), fc.string({ maxLength: 3 }));
  const path = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
  const plain = (text: string) =>
    text
      .normalize('NFC')
      .toLowerCase()
      .replace(/\\/g, '/')
      .split('/')
      .filter((one) => one !== '' && one !== '.')
      .join('/');
  fc.assert(
    fc.property(fc.array(path, { maxLength: 8 }), fc.oneof(path, fc.string({ unit: 'binary' })), (paths, cell) => {
      const found = find(cell, paths);
      if (found === null || found === 'several' || /[?%:#]/.test(cell)) return;
      const [own, asked] = [plain(paths[found.place]!), plain(cell)].map((text) => text.replace(/\.[^./]+$/, ''));
      const whole = own!.split('/').slice(1).join('/');
      expect([own!.endsWith(asked!), asked!.endsWith(own!), whole !== '' && asked!.endsWith(whole)]).toContain(true);
    }),
    { numRuns: 500 },
  );
});
