/** Texts of the page in English, by a flat key: see ../en.ts. Recording movements with this device. */
export const recordTexts = {
  'record.title': 'Record with this phone',
  'record.lead':
    'Choose what you do, press the button, and do it with the phone in your hand or pocket. The page reads the motion sensor only. ' +
    'Make a few recordings of each.',
  'record.unit':
    'A privacy budget protects each recording as one whole. All of your recordings together say more about you than one does: ' +
    'someone may find out that you take part, and how you move in general.',
  'record.unit.long': 'Of a recording longer than {seconds} s, parts spread evenly over it count.',
  'record.keeps': 'Recordings stay in this browser until you delete them, or delete everything on the training page. They are not sent.',

  'record.looking': 'Looking for a motion sensor…',
  'record.ask': 'Allow motion sensing',
  'record.ask.text': 'The browser asks whether this page may read how the phone moves.',
  'record.denied.title': 'The browser does not let this page read movements',
  'record.denied.text':
    'You or a setting of the phone said no. Allow motion for this site in the browser’s settings, then load the page again.',
  'record.none.title': 'No motion sensor here',
  'record.none.text':
    'Computers mostly have none. Open this page on a phone to record. If this is a phone, allow motion sensors for this site ' +
    'in the browser’s settings. You can choose files of recordings below as well.',

  'record.answer': 'What you do ({label})',
  'record.wait': 'Start after',
  'record.wait.seconds': '{n} seconds',
  'record.length': 'Stop',
  'record.length.seconds': 'after {n} seconds',
  'record.length.open': 'when I press Stop',
  'record.trim': 'Leave out the first and the last half second',
  'record.trim.hint': 'That is when a phone is taken in the hand or put away.',
  'record.start': 'Record {answer}',
  'record.stop': 'Stop',
  'record.cancel': 'Cancel',
  'record.countdown': '{answer}: starts in {n}',
  'record.running': 'Recording {answer}',
  'record.seconds': '{seconds} s',
  'record.seconds.of': '{seconds} of {most} s',
  'record.dark': 'This browser cannot keep the screen on. Touch it now and then: a phone that sleeps stops the recording.',
  'record.full': 'This browser keeps {max} recordings for one federation. Delete some to make others.',

  'record.plot': 'Acceleration with gravity along x, y and z, in m/s². Now: {now}.',
  'record.plot.still': 'no reading',
  'record.plot.now': 'x {x}, y {y}, z {z}',
  'record.plot.kept': 'Acceleration along x, y and z over {seconds} s, from {min} to {max} m/s².',

  'record.done': 'Recorded {answer}, {seconds} s.',
  'record.unkept': 'It could not be kept in this browser: it is gone when you close the page.',
  'record.ending.hidden': 'The page was hidden, so the recording ended there. What came before is kept.',
  'record.ending.silent': 'No reading came for more than half a second, so the recording ended there. What came before is kept.',
  'record.ending.full': 'It ended by itself.',
  'record.news.gap': 'There was a gap of {seconds} s without a reading after {at} s. The recording ends before it.',
  'record.news.slow': 'The sensor reads {rate} times a second, the model {wanted} times: quick movements are smoothed.',
  'record.news.uneven': 'The phone changed how often it reads, from {fastest} to {slowest} times a second. Real times were used.',
  'record.refused': 'Nothing was kept.',
  'record.refused.hidden': 'The page was hidden before there was a recording.',
  'record.refused.silent': 'The sensor stopped before there was a recording.',
  'record.refused.short': 'The recording has {seconds} s. It needs {least} s, and what is left out at its ends.',
  'record.refused.unit':
    'The readings are {strength} m/s² strong; a phone that lies still reads 9.8. This device seems to use another unit or to leave gravity out.',

  'record.list': 'Your recordings',
  'record.list.none': 'None yet.',
  'record.list.sum.one': '{n} recording, {seconds} s in all.',
  'record.list.sum.other': '{n} recordings, {seconds} s in all.',
  'record.item': '{answer}, {seconds} s, at {time}',
  'record.play': 'Play',
  'record.play.item': 'Play {item}',
  'record.play.end': 'Close',
  'record.play.end.item': 'Close {item}',
  'record.delete': 'Delete',
  'record.delete.item': 'Delete {item}',
  'record.delete.all': 'Delete all',
  'record.deleted.one': 'Deleted {n} recording.',
  'record.deleted.other': 'Deleted {n} recordings.',
  'record.undo': 'Undo delete',
  'record.restored': 'It is back.',
  'record.use': 'Use these recordings',
  'record.two': 'Record at least two different answers first.',
  'record.reading': 'your recordings',
} as const;
