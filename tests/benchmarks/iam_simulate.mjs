// Asks iam-simulate's `authorize`, from the node_modules folder that is named, and prints nanoseconds a decision.
// Policies and requests come as JSON on standard input. Nothing of iam-simulate is part of this project.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const modules = process.argv[2];
const load = (...parts) => import(pathToFileURL(join(modules, "@cloud-copilot", ...parts)).href);
const { authorize } = await load("iam-simulate", "dist", "esm", "core_engine", "CoreSimulatorEngine.js");
const { AwsRequestImpl } = await load("iam-simulate", "dist", "esm", "request", "request.js");
const { RequestContextImpl } = await load("iam-simulate", "dist", "esm", "requestContext.js");
const { loadPolicy } = await load("iam-policy", "dist", "esm", "index.js");

const given = JSON.parse(readFileSync(0, "utf8"));
const read = (document, name) => loadPolicy(document, { name });
const roles = {};
for (const [arn, { identity, boundary }] of Object.entries(given.roles)) {
  roles[arn] = { identity: identity.map(read), boundary: boundary ? [read(boundary, "boundary")] : undefined };
}
const resources = Object.fromEntries(Object.entries(given.resources).map(([arn, each]) => [arn, read(each, arn)]));
const scps = given.scps.map((level, n) => ({ orgIdentifier: `level-${n}`, policies: level.map(read) }));
const simulationParameters = { simulationMode: "Strict", discoveryContextKeyConstraints: new Map() };
const question = ({ role, action, resource, context, holder }) => ({
  request: new AwsRequestImpl(role, { resource, accountId: given.account }, action, new RequestContextImpl(context)),
  sessionPolicy: undefined,
  identityPolicies: roles[role].identity,
  serviceControlPolicies: scps,
  resourceControlPolicies: [],
  resourcePolicy: resources[holder],
  permissionBoundaries: roles[role].boundary,
  vpcEndpointPolicies: undefined,
  simulationParameters,
});

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const used = (decide, asked) => {
  const start = process.cpuUsage();
  for (const each of asked) decide(each);
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1000) / asked.length;
};
const questions = given.requests.map(question);
const words = questions.map((each) => authorize(each).result); // warms up, too
const decision = [];
const whole = [];
for (let round = 0; round < 5; round += 1) {
  decision.push(used(authorize, questions));
  whole.push(used((each) => authorize(question(each)), given.requests));
}
console.log(JSON.stringify({ decision: median(decision), whole: median(whole), words }));
