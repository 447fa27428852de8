/** Texts of the rehearsal, in English, by a flat key: see ../en.ts. */
export const rehearsalTexts = {
  'rehearsal.title': 'Rehearse first',
  'rehearsal.text.one': 'All rounds run here with made-up rows from {n} participant. Nothing is sent, and no privacy is used.',
  'rehearsal.text.other': 'All rounds run here with made-up rows from {n} participants. Nothing is sent, and no privacy is used.',
  'rehearsal.start': 'Rehearse',
  'rehearsal.stop': 'Stop',
  'rehearsal.again': 'Rehearse again',
  'rehearsal.progress': 'Round {round} of {rounds}',
  'rehearsal.running': 'Making up rows…',
  'rehearsal.time': 'Your part of a round takes about {ms} ms here. The whole training takes about {seconds} s.',
  'rehearsal.bytes': 'An update takes {bytes}.',
  'rehearsal.accuracy': 'On other made-up rows, {figure} were correct. Guessing gets {guess}.',
  'rehearsal.error': 'On other made-up rows, it is off by {figure} on average. Guessing is off by {guess}.',
  'rehearsal.promise': 'Made-up rows follow a simple rule. Real ones may be harder.',
} as const;
