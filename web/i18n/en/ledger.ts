/** Texts about the record of what was spent: whose rows, what is kept, and taking it along. */
export const ledgerTexts = {
  'account.title': 'Whose budget',
  'account.known.one': 'This browser has used {n} of these rows before. They bring what was spent with them.',
  'account.known.other': 'This browser has used {n} of these rows before. They bring what was spent with them.',
  'account.merged': 'They come from {n} separate counts. When you start, these become one for good: the sum of what all of them spent.',
  'account.others': 'These rows are other people’s; count them apart',
  'account.others.warning':
    'Only say so if it is true. Rows that describe the same people as before must share one count. ' +
    'Counted apart, those people could lose twice the privacy that the number shows.',

  'ledger.behind.title': 'Your record of what was spent was too old',
  'ledger.behind.one':
    'This federation’s own records have {n} round of yours that it did not know. That round counts now, for all of your data. ' +
    'It happens when a browser profile is put back from a copy, or used in two places at once.',
  'ledger.behind.other':
    'This federation’s own records have {n} rounds of yours that it did not know. Those rounds count now, for all of your data. ' +
    'It happens when a browser profile is put back from a copy, or used in two places at once.',

  'ledger.title': 'The record of what was spent',
  'ledger.text.one': 'This browser has paid for {n} round here.',
  'ledger.text.other': 'This browser has paid for {n} rounds here.',
  'ledger.imported.one': 'Another {n} was counted in from elsewhere, for all of your data.',
  'ledger.imported.other': 'Another {n} were counted in from elsewhere, for all of your data.',
  'ledger.held': '“{title}” counts with all that you agreed to there: {rounds} rounds, ε {epsilon}.',
  'ledger.held.why':
    'This record was put back from an older copy, and nobody has read that federation’s own records since. Open it while its relay runs, ' +
    'and what you really spent is counted instead.',
  'ledger.write-off': 'Do not count it',
  'ledger.write-off.warning':
    'Only do so if you know that this device took no part there since the copy was made. Otherwise more was spent than this page will say.',
  'ledger.write-off.sure': 'I know it: do not count it',
  'ledger.write-off.cancel': 'Go on counting it',
  'ledger.kept': 'The browser has promised to keep this record until you delete it.',
  'ledger.may-go': 'The browser has not promised to keep this record: it may delete it when disk space runs short.',
  'ledger.unknown': 'This browser does not say whether it keeps this record.',
  'ledger.limits': 'What this record cannot do',
  'ledger.limits.site': 'It counts what this site in this browser has spent. Another browser, profile or site does not know of it.',
  'ledger.limits.safari': 'Safari deletes a site’s data after seven days of use without a visit. Save the record before a longer break.',
  'ledger.limits.shared':
    'On a shared device, everybody who uses this browser shares one record. Where data is deleted at sign-out, the count starts ' +
    'again from zero: save the record, and load it next time.',
  'ledger.export': 'Save the record',
  'ledger.import': 'Load a saved record',
  'ledger.import.file': 'The saved record',
  'ledger.import.hint': 'It only ever adds to what was spent.',
  'ledger.mine': 'It is from another browser, device or site of mine',
  'ledger.mine.hint': 'It then counts for all data that you use here, since a record does not say which rows it is about.',
  'ledger.loaded': 'Loaded. What it holds is counted.',

  'person.title': 'Another person will use this browser',
  'person.text': 'Deletes everything this site keeps, the record of what was spent as well, and starts as someone new.',
  'person.warning':
    'Do this only for another person with other data. Using the same rows again would reveal more than any number on this page says. ' +
    'Save the record first if you may come back.',
  'person.button': 'Start as a new person',
  'person.sure': 'Delete the record and start anew',
  'person.cancel': 'Keep',
  'person.done': 'Done. Nothing of the person before is kept here.',
} as const;
