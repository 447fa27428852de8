/** Texts about the ledger: whose rows, what is kept, export and import. */
export const ledgerTexts = {
  'account.title': 'Whose allowance',
  'account.known.one': 'This browser has used {n} of these rows before. Rows you have used keep their count.',
  'account.known.other': 'This browser has used {n} of these rows before. Rows you have used keep their count.',
  'account.merged': 'They come from {n} separate counts. When you start, these become one for good: their sum.',
  'account.others': 'These rows describe other people. Count them separately',
  'account.others.warning':
    'Only choose this if it is true. Rows about the same people as before must share one count. Counted separately, those people could lose twice the privacy the number shows.',

  'ledger.behind.title': 'Your privacy record was too old',
  'ledger.behind.one':
    'This project’s own records have {n} round of yours that it did not know. That round counts now, for all of your data. This happens when a browser profile is restored or used in two places.',
  'ledger.behind.other':
    'This project’s own records have {n} rounds of yours that it did not know. Those rounds count now, for all of your data. This happens when a browser profile is restored or used in two places.',

  'ledger.title': 'Your privacy record',
  'ledger.text.one': 'This browser has paid for {n} round here.',
  'ledger.text.other': 'This browser has paid for {n} rounds here.',
  'ledger.imported.one': 'Another {n} was counted in from elsewhere, for all of your data.',
  'ledger.imported.other': 'Another {n} were counted in from elsewhere, for all of your data.',
  'ledger.held': '“{title}” counts with everything you agreed to there: {rounds} rounds, ε {epsilon}.',
  'ledger.held.why':
    'This record was restored from an older copy. That project’s own records have not been read since. Open it while its relay runs. Then only what you really used is counted.',
  'ledger.write-off': 'Do not count it',
  'ledger.write-off.warning':
    'Do this only if this device has not taken part there since the copy. Otherwise more was used than this page will say.',
  'ledger.write-off.sure': 'I am sure: do not count it',
  'ledger.write-off.cancel': 'Keep counting it',
  'ledger.kept': 'The browser has promised to keep this record until you delete it.',
  'ledger.may-go': 'The browser may delete this record when disk space runs short. Save it.',
  'ledger.unknown': 'This browser does not say whether it keeps this record. Save it.',
  'ledger.limits': 'What this record cannot do',
  'ledger.limits.site': 'It counts what this site in this browser has used. Other browsers, profiles and sites do not know of it.',
  'ledger.limits.safari': 'Safari deletes a site’s data after seven days of use without a visit. Save the record before a longer break.',
  'ledger.limits.shared':
    'Everybody who uses this browser shares one record. Where data is deleted at sign-out, the count starts again. Save the record, and load it next time.',
  'ledger.export': 'Save the record',
  'ledger.import': 'Load a saved record',
  'ledger.import.file': 'The saved record',
  'ledger.import.hint': 'Loading only adds to what was used.',
  'ledger.mine': 'It is from another browser, device or site of mine',
  'ledger.mine.hint': 'It then counts for all data you use here. A record does not say which rows it is about.',
  'ledger.loaded': 'Loaded. Everything in it is counted.',

  'person.title': 'Another person will use this browser',
  'person.text': 'Deletes everything this site keeps, including the privacy record. It starts as someone new.',
  'person.warning':
    'Do this only for another person with other data. Using the same rows again would reveal more than this page says. Save the record first if you may come back.',
  'person.button': 'Start as a new person',
  'person.sure': 'Delete the record and start over',
  'person.cancel': 'Keep',
  'person.done': 'Done. Nothing about the previous person is kept here.',
} as const;
