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
const questions = given.requests.map((each) => {
  const account = each.role.split(":")[4];
  const context = new RequestContextImpl({ "aws:PrincipalArn": each.role, "aws:PrincipalAccount": account, ...each.context });
  return {
    request: new AwsRequestImpl(each.role, { resource: each.resource, accountId: account }, each.action, context),
    sessionPolicy: undefined,
    identityPolicies: roles[each.role].identity,
    serviceControlPolicies: scps,
    resourceControlPolicies: [],
    resourcePolicy: resources[each.holder],
    permissionBoundaries: roles[each.role].boundary,
    vpcEndpointPolicies: undefined,
    simulationParameters: { simulationMode: "Strict", discoveryContextKeyConstraints: new Map() },
  };
});

const words = questions.map((each) => authorize(each).result); // warms up, too
const rounds = [];
for (let round = 0; round < 5; round += 1) {
  const start = process.cpuUsage();
  for (const each of questions) authorize(each);
  const used = process.cpuUsage(start);
  rounds.push(((used.user + used.system) * 1000) / questions.length);
}
rounds.sort((a, b) => a - b);
console.log(JSON.stringify({ nanoseconds: rounds[2], words, node: process.version }));
