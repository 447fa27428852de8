/** Texts of practising alone, in English, by a flat key: see ../en.ts. */
export const practiceTexts = {
  'practice.title': 'Practice: {name}',
  'practice.banner.text': 'Practice participants are made up by this page. Nothing leaves it, and no privacy is used.',
  'practice.tag': 'practice',
  'practice.company': 'Practice participants beside you',
  'practice.company.again': 'Another number starts anew.',
  'practice.stop': 'Stop',
  'practice.again': 'Again',
  'practice.starting.one': 'Starting {n} practice participant beside yours…',
  'practice.starting.other': 'Starting {n} practice participants beside yours…',
  'practice.join': 'Join for real',

  'practice.members.one': '{n} practice participant',
  'practice.members.other': '{n} practice participants',

  'practice.gathering': 'Getting round {next} of {rounds} ready.',
  'practice.training': 'Learning for round {next} of {rounds}.',
  'practice.waiting': 'Waiting for the others in round {next} of {rounds}.',
  'practice.deciding': 'Checking round {next} of {rounds}.',
  'practice.over': 'Your model is ready: {made} rounds are done.',
  'practice.failed': 'Practice has stopped because of a problem.',

  'practice.rounds': 'Rounds done',
  'practice.rounds.value': '{round} of {rounds}',
  'practice.people': 'Practice participants',
  'practice.people.who': 'Participant',
  'practice.people.rows': 'Made-up rows',
  'practice.people.rounds': 'Rounds',
  'practice.people.company': 'Participant {n}',
  'practice.people.seat': 'One more thread decides on results, as a relay would.',
  'practice.said': 'Sent between threads of this page',
  'practice.same.text': 'Training, limits and noise are the real ones. A pause lets you follow each round.',
} as const;
