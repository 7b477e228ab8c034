// Answers for iam-simulate, which the named node_modules folder holds and which is no part of this project: a list of
// simulations a line in, a list of answers a line out; an answer is [decision, context keys that it leaves out] or, where
// the simulation is refused, ["refused", why].
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const entry = join(process.argv[2], "@cloud-copilot", "iam-simulate", "dist", "esm", "index.js");
const { anonymousPrincipal, runSimulation } = await import(pathToFileURL(entry).href);

const answer = async (simulation) => {
  const { request } = simulation;
  if (request.principal === "anonymous") request.principal = anonymousPrincipal;
  const found = await runSimulation(simulation, { simulationMode: "Strict" });
  if (found.resultType === "error") return ["refused", found.errors.message];
  const parts = found.resultType === "single" ? [found.result] : found.results;
  return [found.overallResult, parts.flatMap((each) => each.ignoredContextKeys ?? [])];
};

for await (const line of createInterface({ input: process.stdin })) {
  const answers = [];
  for (const simulation of JSON.parse(line)) answers.push(await answer(simulation));
  process.stdout.write(`${JSON.stringify(answers)}\n`);
}
