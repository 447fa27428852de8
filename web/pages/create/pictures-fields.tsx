/** A task of pictures: their size and colours as the model sees them, and the names of what they show. No sample is needed. */
import type { JSX } from 'solid-js';
import type { ImageTask } from '#protocol/task';
import { t } from '../../i18n/t.ts';
import { type FoundingForm } from '../../state/founding-form.ts';
import { linesOf } from '../../state/typed-text.ts';
import { AreaField, SelectField, TextField } from './field.tsx';
import type { Founder } from './founder.ts';

const COLOURS = ['grey', 'rgb'] as const satisfies readonly ImageTask['colour'][];
const GROUNDS = ['light', 'dark', 'none'] as const satisfies readonly ImageTask['background'][];

export function PicturesFields(props: { readonly founder: Founder }): JSX.Element {
  const image = () => props.founder.form.image;
  const edit = (field: string, change: Partial<FoundingForm['image']>) =>
    props.founder.edit(`task.${field}`, { image: { ...image(), ...change } });
  const field = (name: string) => ({ founder: props.founder, field: `task.${name}` });
  return (
    <>
      <p>{t('create.pictures.lead')}</p>
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
          value={image().colour}
          options={COLOURS.map((value) => [value, t(`create.pictures.${value}`)] as const)}
          onChoose={(colour) => edit('colour', { colour: colour as ImageTask['colour'] })}
        />
        <SelectField
          {...field('background')}
          label={t('create.pictures.background')}
          value={image().background}
          options={GROUNDS.map((value) => [value, t(`create.pictures.${value}`)] as const)}
          onChoose={(background) => edit('background', { background: background as ImageTask['background'] })}
        />
      </div>
      <p class="quiet">{t('create.pictures.size')}</p>
      <TextField
        {...field('label.name')}
        label={t('create.pictures.label')}
        hint={t('create.pictures.label.hint')}
        value={image().label}
        onInput={(label) => edit('label.name', { label })}
      />
      <AreaField
        {...field('label.classes')}
        label={t('create.pictures.classes')}
        hint={t('create.pictures.classes.hint')}
        rows={Math.min(10, Math.max(4, linesOf(image().classes).length))}
        value={image().classes}
        onInput={(classes) => edit('label.classes', { classes })}
      />
    </>
  );
}
