/** One thing that stands in the way of a removal, and what there is to do about it. */
import type { Work } from './work.ts';

export interface Blocker {
  /** `removable`: safe to delete, and `remove` does. `vanishing`: goes by itself. `foreign`: somebody has to act. */
  readonly kind: 'removable' | 'vanishing' | 'foreign';
  readonly id: string;
  readonly what: string;
  readonly advice: string;
  /** The EC2 instance it goes with. */
  readonly instanceId?: string;
  readonly remove?: Work;
}
