import { blobsSuite } from './blobs-suite.ts';
import { cellsSuite } from './cells-suite.ts';
import { logSuite } from './log-suite.ts';
import { MemoryStorage } from './memory-storage.ts';

const open = async () => ({ storage: new MemoryStorage(), reopen: null, end: async () => {} });
logSuite('a storage in memory', open);
blobsSuite('a storage in memory', open);
cellsSuite('a storage in memory', open);
