import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RawHash } from './raw-hash.ts';
import { RowView } from './row-view.ts';

const cell = fc.string({ unit: fc.constantFrom('a', '7', ' ', '\r', '\v', '\u00a0', 'é'), maxLength: 6 });

it('a cut line hashes like its cells one by one, and like cells that were split elsewhere', () => {
  const line = fc.tuple(fc.array(cell, { minLength: 1, maxLength: 80 }), fc.constantFrom(',', ';', '\t'), fc.constantFrom('', ',', ',,'));
  fc.assert(
    fc.property(fc.array(line, { minLength: 2, maxLength: 4 }), (lines) => {
      const [view, other] = [new RowView(), new RowView()];
      for (const [cells, separator, end] of lines) {
        view.cut(new TextEncoder().encode(`${cells.join(separator)}${end.replaceAll(',', separator)}\n`), 0, separator.charCodeAt(0));
        const words = view.rawWords();
        const hash = new RawHash();
        hash.line(view, view.width(0), []);
        expect(words).toEqual(hash.words());
        expect(view.rawWords()).toEqual(words);
        // A cut line's hash includes Unicode spaces, which JavaScript would trim.
        if (cells.some((one) => one.includes('\u00a0'))) continue;
        other.set(cells);
        expect(other.rawWords()).toEqual(words);
      }
    }),
  );
});
