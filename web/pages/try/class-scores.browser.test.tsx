import { render } from 'solid-js/web';
import { afterEach, expect, test } from 'vitest';
import { scoresFixture } from '../../testing/fake-lab.ts';
import { ClassScores } from './class-scores.tsx';

let dispose: (() => void) | undefined;
afterEach(() => dispose?.());

test('probabilities that are no numbers have no figure, least of all a perfect one', () => {
  const classes = Array.from({ length: 10 }, (_, c) => String(c));
  const scores = { ...scoresFixture(), loss: NaN, ece: NaN };
  const root = document.body.appendChild(document.createElement('main'));
  dispose = render(() => <ClassScores scores={scores} classes={classes} synthetic={false} />, root);
  const figures = [...root.querySelectorAll('details dd')].map(({ textContent }) => textContent);
  expect(figures).toEqual(['–', '–']);
});
