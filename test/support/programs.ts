import path from 'node:path';

/** Where programs that tests need are unpacked once, shared by all runs, outside version control. */
export const programsFolder = path.join(import.meta.dirname, '../../build/test-programs');
