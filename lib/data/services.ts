/** Both database services, for what asks the same of each. */
import { aurora } from './aurora.ts';
import { documentdb } from './documentdb.ts';
import type { DatabaseService } from './service.ts';

export const databaseServices: readonly DatabaseService[] = [aurora, documentdb];
