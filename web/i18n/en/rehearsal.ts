/** Texts of the page in English, by a flat key: see ../en.ts. */
export const rehearsalTexts = {} as const;
