/**
 * Texts of error codes: what happened, what it means for the reader, what to do. The type makes a code without a text a compile error.
 */
import type { ErrorCode } from '#protocol/errors';

export interface ErrorText {
  readonly what: string;
  readonly means: string;
  readonly todo: string;
}

const text = (what: string, means: string, todo: string): ErrorText => ({ what, means, todo });

const RELOAD = 'Reload the page. If this happens again, tell the relay’s host the code below.';
const TELL_HOST = 'Tell the relay’s host the code below.';
const WAIT = 'Wait a moment. The page tries again by itself.';
const FIX_FILE = 'Correct the file and choose it again.';
const SAFE = 'No data of yours has left this device because of it.';
const NEWER = 'Reload the page to get the current version.';

export const errorTexts: Readonly<Record<ErrorCode, ErrorText>> = {
  'frame-too-large': text('A message was too large.', 'It was refused.', RELOAD),
  'frame-malformed': text('A message could not be read.', `It was refused. ${SAFE}`, RELOAD),
  'frame-unexpected': text('A message came at the wrong moment.', 'The connection was closed.', RELOAD),
  'version-unsupported': text('This page and the relay speak different versions.', 'They cannot work together.', NEWER),
  'challenge-failed': text(
    'The relay did not accept this tab’s key.',
    'This tab is not connected.',
    'Reload the page. Check that its address is the one the host gave you.',
  ),
  'hello-timeout': text('This tab took too long to greet the relay.', 'It is not connected yet.', WAIT),
  replaced: text(
    'The same key connected from somewhere else.',
    'That connection continues. This one has ended.',
    'Continue in the other window, or close it and reload this one.',
  ),
  'room-unknown': text('The relay does not know this project.', 'Participants cannot meet there.', 'Open the project again from the list.'),
  withdrawn: text('Its founder has ended this project.', 'No further rounds follow.', 'Choose another project from the list.'),
  'room-full': text('This project is full.', 'The relay cannot take more participants there. You are not in yet.', WAIT),
  'rate-limited': text('This browser sent requests more often than the relay allows.', 'The relay makes it wait.', WAIT),
  'slow-consumer': text(
    'This device read messages more slowly than they came.',
    'The relay closed the connection.',
    'Check the network. The page connects again by itself.',
  ),
  draining: text('The relay is shutting down or being updated.', 'Nothing is lost. Training goes on when it is back.', WAIT),
  overloaded: text('The relay is too busy right now.', 'It did not handle this request.', WAIT),
  'peer-unknown': text('The participant this was meant for is not here.', 'That message was not delivered.', WAIT),
  unreachable: text(
    'The relay does not answer.',
    'It may be down, or this device is offline. Nothing was sent.',
    'Check the network, then try again.',
  ),
  'not-canonical': text('A signed message was not in canonical form.', 'It was refused.', RELOAD),
  'signature-invalid': text(
    'A signature is wrong.',
    'What it signs was rejected.',
    'Do not join this project. Tell whoever made it the code below.',
  ),
  'field-invalid': text('A value does not fit.', 'All of it was refused.', 'Compare the value above with what was expected.'),
  'manifest-version': text('This project was made for another version of this page.', 'This version cannot take part in it.', NEWER),
  'manifest-unsafe': text(
    'This project protects rows less than this device accepts.',
    'The device refuses to take part.',
    'Choose another project, or ask whoever made it for stricter rules.',
  ),
  'group-unsafe': text(
    'A group of this project would protect its members less than it says.',
    'The device stays out of such groups. Nothing of yours was sent.',
    'Ask whoever made it for larger groups, or for a higher threshold.',
  ),
  'extension-unknown': text('This project needs something that this version lacks.', 'This version cannot take part in it.', NEWER),
  'wrong-federation': text('This belongs to another project.', 'It was not used here.', 'Open the project again from the list.'),
  stale: text('This was about a round that is over.', 'It was not used.', WAIT),
  duplicate: text('The same thing came twice.', 'It counted once.', 'There is nothing to do.'),
  'wrong-length': text('An update or model has the wrong length.', 'It was not used.', RELOAD),
  'out-of-bound': text('A value exceeds this project’s bound.', 'It was refused.', RELOAD),
  'not-a-number': text(
    'A calculation did not produce a number.',
    `The round was dropped. ${SAFE}`,
    'Check the data for extreme values, then try again.',
  ),
  conflict: text('Two different things claim the same place.', 'The first one stays. The other was refused.', RELOAD),
  'not-listed': text('An update came that this round had not asked for.', 'It was not used.', WAIT),
  'budget-spent': text(
    'Your privacy allowance is used.',
    'Training has stopped. The model stays yours to try.',
    'Bring new rows, or allow more.',
  ),
  'model-finished': text(
    'The model is ready. All of its rounds are done.',
    'There is no round left to take part in.',
    'Try the model, or download it.',
  ),
  'budget-locked': text(
    'Another tab of this browser keeps your privacy record.',
    'This tab uses none of your allowance.',
    'Use the other tab, or close it and try again.',
  ),
  'not-found': text('The requested item was not found.', 'The relay does not have it.', 'Open the project again from the list.'),
  quota: text('A limit on what one participant may store is reached.', 'The request was refused.', TELL_HOST),
  'publishing-closed': text(
    'This relay accepts only projects its host invited.',
    'Nothing was published.',
    'Ask the relay’s host for an invitation code.',
  ),
  'blob-mismatch': text('The relay sent a different file from the one promised.', 'Its hash differs, so it was not used.', RELOAD),
  'file-empty': text('The file is empty.', 'There are no rows to learn from.', FIX_FILE),
  'file-too-large': text('The file is too large for this page.', 'It was not opened.', 'Choose a smaller part of it.'),
  'file-binary': text(
    'This file is not a table in plain text.',
    'It was not read.',
    'Open it in its program and save it as CSV. Renaming it to .csv is not enough.',
  ),
  'model-unfit': text(
    'This file is not a model for this project.',
    'It was not used. The line above names where the two differ.',
    'Choose a safetensors file with the names and shapes listed below.',
  ),
  'model-too-large': text(
    'This project’s model needs more memory than this page may use.',
    'It was not opened. Nothing was read or sent.',
    'Choose another project.',
  ),
  'picture-unreadable': text('A picture could not be opened.', 'It was not used.', 'Save it again as PNG or JPEG, or choose another one.'),
  'column-missing': text(
    'The file lacks a column that this project learns from.',
    'It was not loaded.',
    'Add or rename the column, then choose the file again.',
  ),
  'column-count': text(
    'The columns of this file do not fit this project.',
    'It was not loaded, because columns could be mixed up.',
    'Compare them with the columns this project reads, then choose the file again.',
  ),
  'value-type': text('A value is not of the kind its column holds.', 'The file was not loaded.', FIX_FILE),
  'label-unknown': text('The file has an answer that this project does not know.', 'The file was not loaded.', FIX_FILE),
  'rows-too-few': text('The file has too few usable rows.', 'Training would be all noise.', 'Choose a file with more rows.'),
  'rows-too-many': text('There are more rows than one participant may bring.', 'The file was not loaded.', 'Choose a part of it.'),
  'rows-lost': text(
    'The rows you took part with are gone from this browser.',
    'You are only watching. Privacy already used stays used.',
    'Take part again with the same file.',
  ),
  'records-unread': text(
    'This project’s own records cannot be read right now.',
    'They show what you have used here. Nothing more is used until they can be read.',
    'Wait a moment. The page tries again by itself. You can leave, too.',
  ),
  'storage-denied': text(
    'This window does not let the page store anything.',
    'Your privacy allowance cannot be counted, so nothing starts. This may be a private window or a full disk.',
    'Open the page in an ordinary window, or allow it to store data.',
  ),
  internal: text('Something went wrong inside the program.', SAFE, RELOAD),
};

/** Each names one thing to do, beside a link to the projects. */
export const wrongLinkTexts = {
  'link-incomplete': text(
    'This link is incomplete.',
    'A part of its address is missing or mistyped.',
    'Ask whoever sent it to send it again.',
  ),
  'project-unknown': text(
    'This project is not here.',
    'It was removed, or its host has not approved it yet.',
    'Ask whoever sent the link.',
  ),
} as const satisfies Readonly<Record<string, ErrorText>>;
