/** Of names of people and of groups, in UTF-16 code units. */
export const LONGEST_PERSON_TEXT = 200;
/** That a person can be in. */
export const MOST_GROUPS = 500;

// Joiners are invisible and yet spelling: in Persian, in the scripts of India, and in emoji.
const CONTROL = /[^\P{C}\u200c\u200d]/gu;
const VISIBLE = /[^\s\u200c\u200d]/u;

/** Whether it can be the name of a person or of a group: something to read, and nothing that hides. */
export function isPersonText(text: string): boolean {
  return text.length <= LONGEST_PERSON_TEXT && VISIBLE.test(text) && text === withoutControls(text);
}

/** The same text as far as it can stand in a name, which may be nothing. */
export function withoutControls(text: string): string {
  return text.toWellFormed().replaceAll(CONTROL, '');
}
