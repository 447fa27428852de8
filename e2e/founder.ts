/** A person who creates a federation through the page: sample, the few numbers that matter, name, publish. Everything else stays as proposed. */
import type { Browser } from 'playwright-core';
import { Tab, type CsvFile } from './tab.ts';

const PATIENCE_MS = 60_000;

export interface FoundingChoices {
  readonly name: string;
  readonly sample: CsvFile;
  readonly epsilon: number;
  readonly members: number;
  readonly rowsEach: number;
}

/** Members for a round are those who are expected: nobody trains before all are there. @returns the address that members get */
export async function foundInPage(browser: Browser, relay: string, choices: FoundingChoices): Promise<string> {
  const tab = await Tab.open(browser, new URL('/new', relay).href);
  const { page } = tab;
  const fill = (label: string, value: string | number) => page.getByLabel(label, { exact: true }).fill(String(value));
  const { name, text } = choices.sample;
  await page
    .getByLabel('Choose a sample file')
    .setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) }, { timeout: PATIENCE_MS });
  await page.getByText(/^Read [\d,]+ rows and /).waitFor({ timeout: PATIENCE_MS });
  await fill('What is the project called?', choices.name);
  await page.getByText('Expert settings').click();
  await fill('Privacy allowance of each participant, ε', choices.epsilon);
  await fill('Participants you expect', choices.members);
  await fill('Rows each brings', choices.rowsEach);
  await fill('Fewest participants in a round', choices.members);
  await page.getByRole('button', { name: 'Publish' }).click();
  await page.getByRole('heading', { name: `${choices.name} is published` }).waitFor({ timeout: PATIENCE_MS });
  const address = await page.getByRole('link', { name: 'Join it now' }).getAttribute('href');
  if (address === null) throw new Error('the published page shows no way in');
  if (tab.errors.length > 0) throw new Error(`errors in the founder's console: ${tab.errors.join(' | ')}`);
  await tab.context.close();
  return new URL(address, relay).href;
}

/** A member who follows that address, chooses a file and agrees, on a profile of their own. */
export async function joinByAddress(browser: Browser, address: string, file: CsvFile): Promise<Tab> {
  const tab = await Tab.open(browser, address);
  await tab.page
    .getByLabel('Choose a CSV file')
    .setInputFiles({ name: file.name, mimeType: 'text/csv', buffer: Buffer.from(file.text) }, { timeout: PATIENCE_MS });
  await tab.agree();
  return tab;
}
