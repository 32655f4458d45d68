/** The parts of serverless.yml that are written as code: `${file(serverless/template.js):<name>}`. */
import { alarmSubscription, alarms, dashboardBody } from './alarms.ts';
import { functions as allFunctions, functionRoles } from './functions.ts';
import { definition, machineRole, substitutions } from './machines.ts';

export const functions = () => allFunctions();
export const provisionDefinition = () => definition('provision');
export const deprovisionDefinition = () => definition('deprovision');
export const fleetDefinition = () => definition('fleet');
export const provisionSubstitutions = () => substitutions('provision');
export const deprovisionSubstitutions = () => substitutions('deprovision');
export const fleetSubstitutions = () => substitutions('fleet');

/** Roles of functions and machines, and the alarms that name every function. */
export const resources = async ({ resolveVariable }) => {
  const email = await resolveVariable('param:alarmEmail');
  const allowPublicEndpoint = (await resolveVariable('param:allowPublicClusterEndpoint')) === 'yes';
  return {
    Resources: {
      ...functionRoles(allowPublicEndpoint),
      ProvisionStateMachineRole: machineRole('provision'),
      DeprovisionStateMachineRole: machineRole('deprovision'),
      FleetStateMachineRole: machineRole('fleet'),
      ...alarms(),
      ...(email ? { AlarmSubscription: alarmSubscription(email) } : {}),
    },
  };
};
export { dashboardBody };
