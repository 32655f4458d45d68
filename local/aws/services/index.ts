/** Every service the embedded AWS models. */
import type { ServiceModel } from '../model.ts';
import { dynamodb } from './dynamodb/index.ts';
import { ec2 } from './ec2/index.ts';
import { efs } from './efs/index.ts';
import { eks } from './eks/index.ts';
import { elasticache } from './elasticache/index.ts';
import { elb, elbv2 } from './elb.ts';
import { events } from './events.ts';
import { iam } from './iam/index.ts';
import { logs } from './logs.ts';
import { docdb, rds } from './rds/index.ts';
import { secretsmanager } from './secretsmanager.ts';
import { serviceQuotas } from './service-quotas.ts';
import { states } from './states.ts';
import { sts } from './sts.ts';

export const services: readonly ServiceModel[] = [
  ec2,
  eks,
  iam,
  logs,
  elbv2,
  elb,
  serviceQuotas,
  events,
  dynamodb,
  rds,
  docdb,
  elasticache,
  efs,
  secretsmanager,
  states,
  sts,
];
