/** Every service the embedded AWS models. */
import type { ServiceModel } from '#embedded/model.ts';
import { dynamodb } from '#embedded/services/dynamodb/index.ts';
import { ec2 } from '#embedded/services/ec2/index.ts';
import { efs } from '#embedded/services/efs/index.ts';
import { eks } from '#embedded/services/eks/index.ts';
import { elasticache } from '#embedded/services/elasticache/index.ts';
import { iam } from '#embedded/services/iam/index.ts';
import { docdb, rds } from '#embedded/services/rds/index.ts';
import { elb, elbv2 } from './elb.ts';
import { events } from './events.ts';
import { logs } from './logs.ts';
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
