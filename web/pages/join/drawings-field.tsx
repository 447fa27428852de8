/** A person's own drawings as data: choose the answer, draw it, add it; then use them all. Until then they stay in this page. */
import { createSignal, createUniqueId, For, Show, type JSX } from 'solid-js';
import type { Drawing } from '#workers/api';
import type { ClassLabel } from '#protocol/manifest/task';
import { plural, t } from '../../i18n/t.ts';
import { DrawPad } from '../../ui/draw/draw-pad.tsx';
import { count } from '../../words/format.ts';
import type { Field } from '../../ui/draw/ink.ts';

export interface DrawingsFieldProps {
  readonly field: Field;
  readonly label: ClassLabel;
  readonly rowsMax: number;
  readonly busy: boolean;
  readonly onDrawings: (drawings: readonly Drawing[]) => void;
}

export function DrawingsField(props: DrawingsFieldProps): JSX.Element {
  const id = createUniqueId();
  const [drawings, setDrawings] = createSignal<readonly Drawing[]>([]);
  const [answer, setAnswer] = createSignal(0);
  const [pixels, setPixels] = createSignal<Uint8Array<ArrayBuffer> | null>(null);
  const [sheet, setSheet] = createSignal(1);
  const [news, setNews] = createSignal('');
  const name = (label: number) => props.label.classes[label] ?? String(label);
  const add = () => {
    const drawn = pixels();
    if (drawn === null) return void setNews(t('images.draw.nothing'));
    if (drawings().length >= props.rowsMax) return void setNews(t('images.draw.full', { max: count(props.rowsMax) }));
    setDrawings([...drawings(), { pixels: drawn, label: answer() }]);
    setNews(t('images.draw.added', { answer: name(answer()), n: count(drawings().length) }));
    setPixels(null);
    setSheet(sheet() + 1);
  };
  const removeLast = () => {
    const last = drawings().at(-1);
    setDrawings(drawings().slice(0, -1));
    setNews(last === undefined ? t('images.draw.none') : t('images.draw.removed', { answer: name(last.label) }));
  };
  return (
    <div class="drawings">
      <p>{t('images.draw.lead')}</p>
      <div class="drawings-answer">
        <label for={id}>{t('images.draw.answer', { label: props.label.name })}</label>
        <select id={id} onChange={(event) => setAnswer(Number(event.currentTarget.value))}>
          <For each={props.label.classes}>{(one, i) => <option value={i()}>{one}</option>}</For>
        </select>
      </div>
      {/* A clean sheet for each drawing. */}
      <For each={[sheet()]}>
        {() => <DrawPad {...props.field} label={t('images.draw.field', { answer: name(answer()) })} onChange={setPixels} />}
      </For>
      <div class="actions">
        <button type="button" class="button" onClick={add}>
          {t('images.draw.add', { answer: name(answer()) })}
        </button>
        <button type="button" class="button" onClick={removeLast}>
          {t('images.draw.remove')}
        </button>
      </div>
      <p role="status">{news()}</p>
      <Show when={drawings().length > 0}>
        <h4>{plural('images.draw.count', drawings().length)}</h4>
        <dl class="counts">
          <For each={props.label.classes}>
            {(one, i) => (
              <div>
                <dt>{one}</dt>
                <dd>{count(drawings().filter(({ label }) => label === i()).length)}</dd>
              </div>
            )}
          </For>
        </dl>
        <button type="button" class="button" disabled={props.busy} onClick={() => props.onDrawings(drawings())}>
          {t('images.draw.use')}
        </button>
      </Show>
    </div>
  );
}
