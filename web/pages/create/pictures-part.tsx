/** Pictures as the model sees them: size, colours and background, and the name of the answer in lists of files. */
import { Show, type JSX } from 'solid-js';
import type { ImageTask } from '#protocol/manifest/task';
import { t } from '../../i18n/t.ts';
import type { FoundingForm } from '../../state/founding/founding-form.ts';
import { AreaField, SelectField, TextField } from './field.tsx';
import type { Founder } from './founder.ts';
import { Part } from './part.tsx';

const COLOURS = ['grey', 'rgb'] as const satisfies readonly ImageTask['colour'][];
const GROUNDS = ['light', 'dark', 'none'] as const satisfies readonly ImageTask['background'][];

export function PicturesPart(props: { readonly founder: Founder }): JSX.Element {
  const image = () => props.founder.form.image;
  const edit = (field: string, change: Partial<FoundingForm['image']>) =>
    props.founder.edit(`task.${field}`, { image: { ...image(), ...change } });
  const field = (name: string) => ({ founder: props.founder, field: `task.${name}` });
  return (
    <Part title={t('create.pictures.title')} lead={t('create.pictures.size')}>
      <div class="field-row">
        <TextField
          {...field('width')}
          label={t('create.pictures.width')}
          kind="numeric"
          value={image().width}
          onInput={(width) => edit('width', { width })}
        />
        <TextField
          {...field('height')}
          label={t('create.pictures.height')}
          kind="numeric"
          value={image().height}
          onInput={(height) => edit('height', { height })}
        />
        <SelectField
          {...field('colour')}
          label={t('create.pictures.colour')}
          hint={t('create.pictures.colour.hint')}
          value={image().colour}
          options={COLOURS.map((value) => [value, t(`create.pictures.${value}`)] as const)}
          onChoose={(colour) => edit('colour', { colour: colour as ImageTask['colour'] })}
        />
        <SelectField
          {...field('background')}
          label={t('create.pictures.background')}
          hint={t('create.pictures.background.hint')}
          value={image().background}
          options={GROUNDS.map((value) => [value, t(`create.pictures.${value}`)] as const)}
          onChoose={(background) => edit('background', { background: background as ImageTask['background'] })}
        />
        <TextField
          {...field('label.name')}
          label={t('create.pictures.label')}
          hint={t('create.pictures.label.hint')}
          value={image().label}
          onInput={(label) => edit('label.name', { label })}
        />
      </div>
      <Show when={props.founder.form.policy.model !== 'layers'}>
        <AreaField
          {...field('centre')}
          label={t('create.pictures.centre')}
          hint={t(image().pictures > 0 ? 'create.pictures.centre.sample' : 'create.pictures.centre.hint')}
          rows={4}
          value={image().centre}
          onInput={(centre) => edit('centre', { centre })}
        />
      </Show>
    </Part>
  );
}
