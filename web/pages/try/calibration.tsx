/** Two calibration curves as a small picture, and the same numbers as a table. */
import { For, type JSX } from 'solid-js';
import type { CalibrationPoint, OwnCheck } from '#workers/lab/api';
import { t } from '../../i18n/t.ts';
import { accuracy, count } from '../../words/format.ts';

/** The picture's side; y grows downwards in SVG. */
const SIDE = 100;
const MODELS = ['mesh', 'solo'] as const;

export interface CalibrationProps {
  readonly curves: NonNullable<OwnCheck['calibration']>;
  /** Label of the judged model, beside the one that this device trains alone. */
  readonly judged: string;
}

export function Calibration(props: CalibrationProps): JSX.Element {
  const name = (model: (typeof MODELS)[number]) => (model === 'mesh' ? props.judged : t('check.solo'));
  const line = (points: readonly CalibrationPoint[]) =>
    points.map(({ predicted, observed }) => `${predicted * SIDE},${SIDE - observed * SIDE}`).join(' ');
  return (
    <>
      <h3>{t('check.calibration')}</h3>
      <p class="quiet">{t('check.calibration.text')}</p>
      <figure class="calibration">
        <svg viewBox={`-2 -2 ${SIDE + 4} ${SIDE + 4}`} role="img" aria-label={t('check.calibration.picture')}>
          <rect class="calibration-frame" width={SIDE} height={SIDE} />
          <line class="calibration-ideal" x1="0" y1={SIDE} x2={SIDE} y2="0" />
          <For each={MODELS}>
            {(model) => (
              <g class={`calibration-${model}`}>
                <polyline points={line(props.curves[model])} />
                <For each={props.curves[model]}>
                  {(point) => <circle cx={point.predicted * SIDE} cy={SIDE - point.observed * SIDE} r="1.6" />}
                </For>
              </g>
            )}
          </For>
        </svg>
        <figcaption>
          <For each={MODELS}>
            {(model) => (
              <span class={`calibration-key calibration-${model}`}>
                <svg viewBox="0 0 24 4" aria-hidden="true">
                  <polyline points="0,2 24,2" />
                </svg>
                {name(model)}
              </span>
            )}
          </For>
        </figcaption>
      </figure>
      <details>
        <summary>{t('check.calibration.table')}</summary>
        <table class="numbers">
          <caption class="unseen">{t('check.calibration.table')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('check.calibration.who')}</th>
              <th scope="col">{t('check.calibration.said')}</th>
              <th scope="col">{t('check.calibration.was')}</th>
              <th scope="col">{t('check.calibration.rows')}</th>
            </tr>
          </thead>
          <tbody>
            <For each={MODELS.flatMap((model) => props.curves[model].map((point) => ({ model, point })))}>
              {({ model, point }) => (
                <tr>
                  <th scope="row">{name(model)}</th>
                  <td>{accuracy(point.predicted)}</td>
                  <td>{accuracy(point.observed)}</td>
                  <td>{count(point.rows)}</td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </details>
    </>
  );
}
