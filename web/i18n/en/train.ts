/** Texts of the page in English, by a flat key: see ../en.ts. */
export const trainTexts = {
  'offline.ready': 'A new version of this page is ready. Reload after this round: you go on where you are, and nothing is asked again.',
  'offline.reload': 'Reload now',
} as const;
