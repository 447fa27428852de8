/**
 * A short invented name for a key, to tell participants apart: "Blue Heron". The same key has the same name everywhere. Two keys may share
 * one (1 in 1,024): it is a nickname, not an identity.
 */
const WORDS = [
  'Amber', 'Ashen', 'Blue', 'Bold', 'Brave', 'Bright', 'Calm', 'Clever', 'Coral', 'Dusky', 'Early', 'Fair', 'Gentle', 'Golden', 'Green', 'Grey',
  'Hazel', 'Ivory', 'Jolly', 'Kind', 'Little', 'Merry', 'Mild', 'Olive', 'Proud', 'Quick', 'Quiet', 'Red', 'Silver', 'Swift', 'White', 'Wise',
] as const; // prettier-ignore
const BIRDS = [
  'Avocet', 'Crane', 'Crow', 'Dove', 'Dunlin', 'Eagle', 'Egret', 'Falcon', 'Finch', 'Gannet', 'Goose', 'Grebe', 'Gull', 'Heron', 'Hoopoe', 'Ibis',
  'Jay', 'Kestrel', 'Kite', 'Lark', 'Linnet', 'Martin', 'Merlin', 'Osprey', 'Owl', 'Plover', 'Raven', 'Robin', 'Stork', 'Swan', 'Tern', 'Wren',
] as const; // prettier-ignore

/** @param key a peer's id, or any text that names one participant */
export function birdName(key: string): string {
  // FNV-1a, 32 bits: it only has to spread keys evenly.
  let hash = 0x811c9dc5;
  for (const character of key) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  const spread = (hash ^ (hash >>> 15)) >>> 0;
  return `${WORDS[spread % WORDS.length]} ${BIRDS[(spread >>> 5) % BIRDS.length]}`;
}
