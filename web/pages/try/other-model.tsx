/**
 * A model file of the person's own in place of the federation's: the field that opens one, and a description of the open one. The lab reads
 * it; nothing is sent or kept, and training is unaffected.
 */
import { createUniqueId, For, Show, type JSX } from 'solid-js';
import { networkOf, type ManifestBody } from '#protocol/manifest/manifest';
import type { FileClaims } from '#workers/lab/api';
import { t } from '../../i18n/t.ts';
import type { Shown } from '../../state/problem.ts';
import { FileField } from '../../ui/file-field.tsx';
import { count } from '../../words/format.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';

export interface OtherModelProps {
  readonly manifest: ManifestBody;
  /** The name of the file that is being opened. */
  readonly opening: string | null;
  readonly problem: Shown | null;
  readonly onFile: (file: File) => void;
}

export function OtherModel(props: OtherModelProps): JSX.Element {
  const notice = createUniqueId();
  return (
    <details class="try-file">
      <summary>{t('try.own')}</summary>
      <div class="try-file-body">
        <p>{t('try.own.lead')}</p>
        <FileField
          label={t('try.own.choose')}
          drop={t('try.file.drop')}
          accept=".safetensors"
          multiple={false}
          busy={props.opening !== null}
          problem={props.problem === null ? undefined : notice}
          onFiles={([file]) => props.onFile(file!)}
        />
        <div role="status">
          <Show when={props.opening}>{(name) => <p class="quiet">{t('try.own.opening', { name: name() })}</p>}</Show>
        </div>
        <Show when={props.problem}>{(shown) => <ProblemNotice id={notice} problem={shown()} />}</Show>
        <Tensors manifest={props.manifest} />
      </div>
    </details>
  );
}

/** For people who make such files with another program. */
function Tensors(props: { readonly manifest: ManifestBody }): JSX.Element {
  const id = createUniqueId();
  return (
    <div class="scroll-box tensors" tabindex="0" role="region" aria-labelledby={id}>
      <table>
        <caption id={id}>{t('try.own.shapes')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('try.own.tensor')}</th>
            <th scope="col">{t('try.own.shape')}</th>
          </tr>
        </thead>
        <tbody>
          <For each={networkOf(props.manifest).tensors}>
            {({ name, shape }) => (
              <tr>
                <th scope="row">
                  <code>{name}</code>
                </th>
                <td>{shape.join(' × ')}</td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </div>
  );
}

export interface OpenedFileProps {
  readonly name: string;
  readonly claims: FileClaims;
  readonly onBack: () => void;
}

export function OpenedFile(props: OpenedFileProps): JSX.Element {
  const origin = () => {
    const { ours, round, name } = props.claims;
    if (ours === true && round !== null) return t('try.own.ours', { round: count(round) });
    if (ours !== false) return null;
    return name === null ? t('try.own.foreign') : t('try.own.theirs', { name });
  };
  return (
    <div class="try-summary">
      <p class="strong" role="status">
        {t('try.own.is', { name: props.name })}
      </p>
      <p>{t('try.own.is.text')}</p>
      <Show when={origin()}>{(said) => <p class="quiet">{said()}</p>}</Show>
      <Show when={props.claims.classes}>{(names) => <p>{t('try.own.classes', { names: names().join(', ') })}</p>}</Show>
      <Show when={props.claims.otherNetwork}>
        <p>{t('try.own.network')}</p>
      </Show>
      <button type="button" class="button" onClick={() => props.onBack()}>
        {t('try.own.back')}
      </button>
    </div>
  );
}
