/** Suggests texts from a founder's choices: name, description, consent. Founders may write their own. */
import type { RelayInfo } from '#protocol/rest';
import { classesOf, numberAnswerOf, type Task } from '#protocol/manifest/task';
import { plural, t } from '../../i18n/t.ts';
import { groupName, hasCentre, hasSample, hasTask, taskOf, type FoundingForm, type Suggested } from '../../state/founding/founding-form.ts';
import { numberOf } from '../../state/typed-text.ts';
import { few, odds, quantity } from '../../words/format.ts';

/** Answers that a suggested description lists. */
const VALUES_SHOWN = 6;

export function suggestedOf(form: FoundingForm, relay: RelayInfo | null): Suggested {
  const task = hasTask(form) ? taskOf(form) : null;
  return {
    name:
      form.source === 'file'
        ? form.fileName
        : form.source === 'recordings'
          ? form.sequence.name
          : form.source === 'pictures'
            ? form.image.name
            : '',
    description: task === null ? '' : descriptionOf(task).slice(0, 600),
    region: relay?.region ?? '',
    relay: relay?.id ?? '',
    consent: consentOf(form),
  };
}

function descriptionOf(task: Task): string {
  const answer = answerOf(task);
  if (task.kind === 'image') return t('create.texts.description.pictures', { answer, width: task.width, height: task.height });
  if (task.kind === 'sequence') return t('create.texts.description.recordings', { answer, n: task.channels.length, length: task.length });
  const n = task.columns.filter(({ kind }) => kind !== 'ignored').length;
  if (numberAnswerOf(task) !== null) return t('create.texts.description.number', { label: task.label.name, n });
  return t('create.texts.description.table', { answer, n });
}

function answerOf(task: Task): string {
  const label = task.label.name;
  if (label === '') return t('create.texts.answer.unnamed');
  const values = few(classesOf(task), VALUES_SHOWN);
  return values === '' ? t('create.texts.answer.unlisted', { label }) : t('create.texts.answer', { label, values });
}

const TABLE = { many: 'create.consent.rows', one: 'create.consent.oneRow' } as const;
const WORDS = {
  file: TABLE,
  scratch: TABLE,
  pictures: { many: 'create.consent.pictures', one: 'create.consent.onePicture' },
  recordings: { many: 'create.consent.recordings', one: 'create.consent.oneRecording' },
} as const;

/** The unit of privacy, in a word. */
export function unitOf(form: FoundingForm): string {
  return t(groupName(form) === null ? WORDS[form.source].one : 'create.consent.oneGroup');
}

function consentOf(form: FoundingForm): string {
  const { policy, group, source, test } = form;
  const unit = groupName(form);
  const rows = t(WORDS[source].many);
  const epsilon = quantity(policy.epsilon);
  const counted = numberOf(group.rowsMax);
  const kept =
    unit === null
      ? t('create.consent.each', { one: unitOf(form), epsilon })
      : plural('create.consent.group', Number.isFinite(counted) ? counted : 0, { unit, epsilon });
  return [
    t('create.consent.stay', { rows }),
    `${t('create.consent.update', { rows })} ${t('create.consent.noise')}`,
    `${kept} ${t('create.consent.odds', { odds: odds(Number(policy.delta)) })}`,
    t('create.consent.seen'),
    ...(hasSample(form) ? [t('create.consent.sample')] : []),
    ...(hasCentre(form) ? [t('create.consent.centre')] : []),
    ...(hasSample(form) && test.open ? [t('create.consent.test')] : []),
    t('create.consent.end'),
  ].join('\n');
}
