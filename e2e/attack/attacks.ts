/** Every attack, by area. */
import type { Attack } from './attack.ts';
import { attacks as bodies } from './bodies.ts';
import { attacks as budget } from './budget.ts';
import { attacks as challenges } from './challenges.ts';
import { attacks as consent } from './consent.ts';
import { attacks as crowds } from './crowds.ts';
import { attacks as connections } from './connections.ts';
import { attacks as frames } from './frames.ts';
import { attacks as files } from './files.ts';
import { attacks as forgeries } from './forgeries.ts';
import { attacks as http } from './http.ts';
import { attacks as markup } from './markup.ts';
import { attacks as hosting } from './hosting.ts';
import { attacks as numbers } from './numbers.ts';
import { attacks as promises } from './promises.ts';
import { attacks as recovery } from './recovery.ts';
import { attacks as rounds } from './rounds.ts';
import { attacks as sockets } from './sockets.ts';

export const ATTACKS: readonly Attack[] = [
  ...bodies,
  ...budget,
  ...challenges,
  ...consent,
  ...crowds,
  ...connections,
  ...frames,
  ...files,
  ...forgeries,
  ...http,
  ...markup,
  ...hosting,
  ...numbers,
  ...promises,
  ...recovery,
  ...rounds,
  ...sockets,
];
