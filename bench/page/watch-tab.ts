/** Put before the scripts of a tab's peer and trainer threads: tells part-times.ts to every tab of the profile. */
import { watchParts } from './part-times.ts';

const channel = new BroadcastChannel('bench/part-times');
watchParts((times) => channel.postMessage(times));
