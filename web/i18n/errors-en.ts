/**
 * What each error code means to a person: what happened, what it means for them, what they can do.
 * The type makes a code without a text a compile error.
 */
import type { ErrorCode } from '#protocol/errors';

export interface ErrorText {
  readonly what: string;
  readonly means: string;
  readonly todo: string;
}

const text = (what: string, means: string, todo: string): ErrorText => ({ what, means, todo });

const RELOAD = 'Reload the page. If it comes back, tell the host of this relay the code below.';
const TELL_HOST = 'Tell the host of this relay the code below.';
const WAIT = 'Wait a moment; the page tries again by itself.';
const FIX_FILE = 'Correct it and choose it again, or choose another.';
const SAFE = 'Nothing of your data has left this device because of it.';

export const errorTexts: Readonly<Record<ErrorCode, ErrorText>> = {
  'frame-too-large': text('A message was larger than the mesh allows.', 'It was refused.', RELOAD),
  'frame-malformed': text('A message could not be read.', `It was refused. ${SAFE}`, RELOAD),
  'frame-unexpected': text('A message came at a moment where it has no place.', 'The connection was closed.', RELOAD),
  'version-unsupported': text(
    'This page and the relay speak different versions.',
    'They cannot work together.',
    'Reload the page to get the current version.',
  ),
  'challenge-failed': text(
    'The relay did not accept the proof of this tab’s key.',
    'This tab is not connected.',
    'Reload the page, and check that the address is the one the host gave you.',
  ),
  'hello-timeout': text('The relay waited too long for this tab’s greeting.', 'This tab is not connected yet.', WAIT),
  replaced: text(
    'The same key connected from somewhere else.',
    'That connection goes on, this one has ended.',
    'Use the other tab or window, or close it and reload this one.',
  ),
  'room-unknown': text(
    'The relay does not know this federation’s room.',
    'Nobody can be met there.',
    'Go back to the list and open the federation again.',
  ),
  'room-full': text('The federation has as many people as the relay can hold.', 'You are not in yet.', WAIT),
  'rate-limited': text('This browser asked more often than the relay allows.', 'The relay makes it wait.', WAIT),
  'slow-consumer': text(
    'This device did not read messages as fast as they came.',
    'The relay closed the connection.',
    'Check the network connection. The page connects again by itself.',
  ),
  draining: text('The relay is shutting down or being updated.', 'Training goes on when it is back; nothing is lost.', WAIT),
  overloaded: text('The relay has more to do than it can do right now.', 'It put this request off.', WAIT),
  'peer-unknown': text('The participant this was meant for is not here.', 'That message was not delivered.', WAIT),
  'not-canonical': text('A signed message was not in the one allowed form.', 'It was refused.', RELOAD),
  'signature-invalid': text(
    'A signature is wrong.',
    'What it signed was not believed and not used.',
    'Do not go on if this is about a federation you were about to join. Tell its steward the code below.',
  ),
  'field-invalid': text(
    'A value is not what it has to be.',
    'It was refused as a whole.',
    'Compare the value below with what was expected.',
  ),
  'manifest-version': text(
    'This federation was made for another version of the app.',
    'This version cannot take part in it.',
    'Reload the page to get the current version.',
  ),
  'manifest-unsafe': text(
    'This federation’s rules protect people less than this device accepts.',
    'The device refuses to take part.',
    'Choose another federation, or ask its steward for stricter rules.',
  ),
  'extension-unknown': text(
    'This federation needs something that this version does not know.',
    'This version cannot take part in it.',
    'Reload the page to get the current version.',
  ),
  'wrong-federation': text(
    'Something belongs to another federation.',
    'It was not used here.',
    'Go back to the list and open the federation again.',
  ),
  stale: text('Something was about a round that is over.', 'It was not used.', WAIT),
  duplicate: text('Something came twice.', 'It counted once.', 'There is nothing to do.'),
  'wrong-length': text('An update or model has a length that does not fit.', 'It was not used.', RELOAD),
  'out-of-bound': text('A value is beyond the bound that the federation fixed.', 'It was refused.', RELOAD),
  'not-a-number': text(
    'A calculation gave something that is not a number.',
    `The round was dropped. ${SAFE}`,
    'Check the data for extreme values, then try again.',
  ),
  conflict: text('Two different things claim the same place.', 'The first one stays, the other was refused.', RELOAD),
  'not-listed': text('An update came from somebody whom this round did not ask for one.', 'It was not used.', WAIT),
  'budget-spent': text(
    'Your privacy budget is used up.',
    'Training has stopped by itself; the model stays with you.',
    'Keep following the model. A larger budget reveals more; decide anew before you raise it.',
  ),
  'model-finished': text(
    'This model is finished: all of its rounds are done.',
    'Nobody pays for another round, so nothing of yours would be used.',
    'Try the model, or take it along as a file.',
  ),
  'budget-locked': text(
    'Another tab of this browser holds the budget.',
    'This tab spends nothing.',
    'Use the other tab, or close it and try again.',
  ),
  'not-found': text(
    'What was asked for is not there.',
    'The relay does not have it, or no longer.',
    'Go back to the list, and check the address if somebody sent it to you.',
  ),
  quota: text('A limit on what one participant may store has been reached.', 'The request was refused.', TELL_HOST),
  'publishing-closed': text(
    'This relay takes only what its host invited.',
    'Nothing was published.',
    'Ask the host of the relay for an invitation code, and enter it before you publish.',
  ),
  'blob-mismatch': text(
    'A file from the relay is not the one that was promised.',
    'It was not used: its hash differs.',
    `Reload the page. If it comes back, the relay’s storage is damaged. ${TELL_HOST}`,
  ),
  'file-empty': text('The file holds no rows.', 'There is nothing to learn from.', FIX_FILE),
  'file-too-large': text('The file is larger than this page reads.', 'It was not opened.', 'Choose a smaller part of it.'),
  'file-binary': text('The file is not plain text.', 'It was not read.', 'Save it as CSV (comma-separated text) and choose that file.'),
  'model-unfit': text(
    'This file is not a model for this network.',
    'It was not used. The line above names the place where the two differ.',
    'Choose a safetensors file whose tensors have the names and shapes of this network.',
  ),
  'model-too-large': text(
    'This federation’s model takes more memory than this page gives to one.',
    'It was not opened, and nothing was read or sent.',
    'Try another federation. Whoever founds one can make layers, windows or rows per person smaller.',
  ),
  'picture-unreadable': text(
    'A picture could not be opened.',
    'It was not used.',
    'Open it in another program and save it again as PNG or JPEG, or choose another one.',
  ),
  'column-missing': text('The file lacks a column that this federation learns from.', 'It was not loaded.', FIX_FILE),
  'column-count': text(
    'Rows do not have the expected number of cells.',
    'The file was not loaded, since columns could be mixed up.',
    'Check separators and quotes. Without a first row that names the columns, they must be in the order shown above.',
  ),
  'value-type': text('A value is not of the kind that its column holds.', 'It cannot be learned from.', FIX_FILE),
  'label-unknown': text('An answer is none of those that this federation knows.', 'That row cannot be learned from.', FIX_FILE),
  'one-class': text(
    'Every row has the same answer.',
    'A model learns nothing from it.',
    'Choose data with at least two different answers.',
  ),
  'rows-too-few': text('There are not enough usable rows.', 'Training would be all noise.', 'Choose a file with more rows.'),
  'rows-too-many': text(
    'There are more rows than one person may bring.',
    'The file was not loaded, so that the sums stay exact.',
    'Choose a part of it.',
  ),
  'rows-lost': text(
    'The rows you took part with are not in this browser any more, or cannot be read.',
    'You are only watching. What was spent is on record, and counts on.',
    'Take part again with the same file: the same rows have the same budget.',
  ),
  'records-unread': text(
    'This federation’s own records cannot be read as a whole at the moment.',
    'They show what you have already spent here, so nothing is spent here until they can. Your budget elsewhere is not affected.',
    'Nothing to do: it is tried again by itself. If it goes on, tell the relay’s host, or leave.',
  ),
  'storage-denied': text(
    'The browser does not let this site store anything.',
    'Without the record of your budget nothing can be spent, so nothing starts.',
    'Leave private mode, allow storage for this site, or free some disk space.',
  ),
  internal: text('Something went wrong inside the program.', SAFE, RELOAD),
};

/** The relay could not be reached at all; no code of the mesh, since nobody answered. */
/** Each has one thing to do, and a link to the projects beside it. */
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

export const unreachableText: ErrorText = text(
  'The relay does not answer.',
  'It may be down, or this device is offline. Nothing was sent.',
  'Check the network connection, then try again.',
);
