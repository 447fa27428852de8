/** The accountants in their own thread, for one question: a loss distribution takes seconds, and links must be answered meanwhile. */
import * as Comlink from 'comlink';
import { reportGuarantee } from '#protocol/privacy/ledger/report';
import { epsilonOfRounds, roundCurve } from '#protocol/privacy/round-curve';
import { answering } from './answered.ts';
import type { Accountants } from './ledger/accountant-thread.ts';

Comlink.expose(answering<Accountants>({ reportGuarantee, roundCurve, epsilonOfRounds }));
