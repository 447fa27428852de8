/** Every attack, by area. */
import type { Attack } from './attack.ts';
import { attacks as rounds } from './rounds.ts';
import { attacks as sockets } from './sockets.ts';

export const ATTACKS: readonly Attack[] = [...sockets, ...rounds];
