/** A problem in plain words: what happened, what it means, what to do, and a code to search for. Never a dead end. */
import { A } from '@solidjs/router';
import { Show, type JSX } from 'solid-js';
import { errorTexts, wrongLinkTexts, type ErrorText } from '../i18n/errors-en.ts';
import { t } from '../i18n/t.ts';
import { isWrongLink, type Shown } from '../state/problem.ts';

function textOf(problem: Shown): ErrorText {
  return isWrongLink(problem) ? wrongLinkTexts[problem.code] : errorTexts[problem.code];
}

/** The place and the difference: Row 14, column “p3”: expected a number, got 'abc'. Empty when the problem names neither, or nobody answered. */
function describeProblem(problem: Shown): string {
  if (problem.code === 'unreachable') return '';
  const { row, field, expected, got } = problem.detail;
  const named = field === undefined ? '' : row === undefined ? t('problem.where.field', { field }) : t('problem.where.column', { field });
  const where = [row === undefined ? '' : t('problem.where.row', { row }), named].filter(Boolean).join(', ');
  const what = [expected === undefined ? '' : t('problem.expected', { expected }), got === undefined ? '' : t('problem.got', { got })]
    .filter(Boolean)
    .join(', ');
  const line = [where, what].filter(Boolean).join(': ');
  return line.charAt(0).toUpperCase() + line.slice(1);
}

export interface ProblemNoticeProps {
  readonly problem: Shown;
  readonly id?: string;
  readonly retry?: () => void;
}

export function ProblemNotice(props: ProblemNoticeProps): JSX.Element {
  return (
    <div class="notice bad" role="alert" id={props.id}>
      <p class="notice-what">
        <span aria-hidden="true">▲ </span>
        {textOf(props.problem).what}
      </p>
      <Show when={describeProblem(props.problem)}>{(line) => <p class="notice-line">{line()}</p>}</Show>
      <p>
        {textOf(props.problem).means} {textOf(props.problem).todo}
      </p>
      <Show when={isWrongLink(props.problem)} fallback={<Again {...props} />}>
        <A class="button" href="/">
          {t('problem.projects')}
        </A>
      </Show>
    </div>
  );
}

/** Temporary problems can be retried; a wrong link stays wrong. */
function Again(props: ProblemNoticeProps): JSX.Element {
  return (
    <>
      <Show when={props.problem.code !== 'unreachable'}>
        <p class="notice-code">
          {t('problem.code')} <code>{props.problem.code}</code>
        </p>
      </Show>
      <Show when={props.retry}>
        {(retry) => (
          <button type="button" class="button" onClick={() => retry()()}>
            {t('problem.retry')}
          </button>
        )}
      </Show>
    </>
  );
}
