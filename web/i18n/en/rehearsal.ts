/** Texts of the rehearsal, in English, by a flat key: see ../en.ts. */
export const rehearsalTexts = {
  'rehearsal.title': 'Rehearse first, for free',
  'rehearsal.text.one':
    'Runs all rounds on this device with made-up rows of {n} member: no budget is spent, and nothing is sent. It shows what a round costs this device, and what the noise leaves of something that can be learnt.',
  'rehearsal.text.other':
    'Runs all rounds on this device with made-up rows of {n} members: no budget is spent, and nothing is sent. It shows what a round costs this device, and what the noise leaves of something that can be learnt.',
  'rehearsal.start': 'Rehearse',
  'rehearsal.stop': 'Stop',
  'rehearsal.again': 'Rehearse again',
  'rehearsal.progress': 'Round {round} of {rounds}',
  'rehearsal.running': 'Making rows up…',
  'rehearsal.time': 'Your part of a round takes about {ms} ms on this device, the whole training about {seconds} s of work.',
  'rehearsal.bytes': 'An update weighs {bytes}.',
  'rehearsal.accuracy': 'On other made-up rows the model ended at {accuracy}; a guess would have {guess}.',
  'rehearsal.promise': 'Made-up rows follow a simple rule: this is no promise about real ones.',
} as const;
