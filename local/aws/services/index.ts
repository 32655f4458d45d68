/** Every service the embedded AWS models. */
import type { ServiceModel } from '../model.ts';
import { sts } from './sts.ts';

export const services: readonly ServiceModel[] = [sts];
