/** Every service the embedded AWS models. */
import type { ServiceModel } from '../model.ts';
import { iam } from './iam/index.ts';
import { sts } from './sts.ts';

export const services: readonly ServiceModel[] = [iam, sts];
