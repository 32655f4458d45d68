/** One process of a sweep: carries out its share, reports to its parent. */
import { type SweepOptions, sweep } from './sweep.ts';

process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
const options = JSON.parse(process.argv[2] as string) as SweepOptions;
const report = await sweep({ ...options, onTrial: (done) => process.send?.({ done }) });
process.send?.({ report });
