/** Attacks by names: markup where a founder writes a name, a description, a column or a consent text, on the screens that show them. */
import { launchChromium } from '../tab.ts';
import type { Attack } from './attack.ts';
import { smallManifest } from './federation.ts';
import { classesOf } from '#protocol/manifest/task';

const MARK = '<img src=x onerror="document.documentElement.dataset.ran=1">';
const named = (text: string) => `${MARK}${text}`;

export const attacks: readonly Attack[] = [
  {
    name: 'markup-in-names',
    finding: 'XSS on 8 screens: names and texts that are markup',
    held: true,
    without: [
      { file: 'web/pages/home/project-card.tsx', find: '<p>{props.line.description}</p>', put: '<p innerHTML={props.line.description} />' },
    ],
    async run(arena) {
      const { url } = await arena.relay();
      const like = smallManifest('' as never, '' as never);
      if (like.task.kind !== 'table') throw new Error('expected a table');
      const classes = classesOf(like.task).map(named);
      const columns = like.task.columns.map((column) => ({ ...column, name: named(column.name.slice(0, 2)).slice(0, 64) }));
      const { id } = await arena.found({
        name: named('Corners'),
        description: named('Which corner.'),
        consent: named('Made-up rows only.'),
        task: { ...like.task, columns, label: { name: MARK, classes: classes.map((text) => text.slice(0, 64)) } },
      });
      const browser = await launchChromium();
      arena.end(() => browser.close());
      const page = await browser.newPage();
      const became: string[] = [];
      const screens = [
        '/',
        '/new',
        '/lost',
        ...['', '/join', '/practice', '/try', '/report', '/published'].map((part) => `/f/${id}${part}`),
      ];
      for (const screen of screens) {
        await page.goto(new URL(screen, url).href);
        await page.waitForFunction(() => (document.querySelector('main, h1, h2')?.textContent ?? '').length > 0);
        await arena.sleep(1000);
        const found = await page.evaluate(() => [
          document.querySelectorAll('img[src="x"]').length,
          document.documentElement.dataset['ran'] ?? '',
        ]);
        if (found[0] !== 0 || found[1] !== '') became.push(screen);
      }
      const text = await page.goto(new URL('/', url).href).then(() => page.waitForSelector('h2').then(() => page.innerText('body')));
      return { succeeded: became.length > 0, evidence: { screens: screens.length, became, shownAsText: text.includes('onerror=') } };
    },
  },
];
