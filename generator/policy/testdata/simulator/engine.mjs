// Decides requests by the rules of @cloud-copilot/iam-simulate: one JSON case a line in, one decision a line out.
//
//   {"principal": ARN, service or null, "action", "resource", "owner", "context": {key: [values]},
//    "policies": [{"kind": "trust policy", "document": {…}}]}
//
// The packages are AGPL-3.0-or-later: they are installed for a test, run as a program of their own, and never linked or
// shipped. The simulator is called by a path inside the package, because its public function drops the keys of OIDC
// providers (HOST:aud, HOST:sub): keep the versions pinned.
import readline from "node:readline";
import { loadPolicy } from "@cloud-copilot/iam-policy";

const inside = (file) => import(new URL(file, import.meta.resolve("@cloud-copilot/iam-simulate")));
const { authorize } = await inside("./core_engine/CoreSimulatorEngine.js");
const { AwsRequestImpl } = await inside("./request/request.js");
const { RequestContextImpl } = await inside("./requestContext.js");
const { DiscoveryContextKeyConstraints } = await inside("./context_keys/discoveryContextKeyConstraints.js");

// A key with one value is a string to the simulator, one with several a list.
const context = (keys) =>
  new RequestContextImpl(Object.fromEntries(Object.entries(keys).map(([k, v]) => [k, v.length === 1 ? v[0] : v])));

function decide({ principal, action, resource, owner, context: keys, policies }) {
  const of = (...kinds) =>
    policies.filter((p) => kinds.includes(p.kind)).map((p, i) => loadPolicy(p.document, { name: `${p.kind} ${i}` }));
  const given = (list) => (list.length ? list : undefined);
  return authorize({
    request: new AwsRequestImpl(
      principal ?? { type: "Anonymous" },
      { resource, accountId: owner },
      action,
      context(keys),
      resource === "*",
    ),
    identityPolicies: of("identity policy"),
    permissionBoundaries: given(of("permissions boundary")),
    sessionPolicy: of("session policy")[0],
    vpcEndpointPolicies: given(of("endpoint policy")),
    resourcePolicy: of("resource policy", "trust policy", "key policy")[0],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    simulationParameters: {
      simulationMode: "Strict",
      discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints([]),
    },
  }).result;
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  let decision;
  try {
    decision = decide(JSON.parse(line));
  } catch (e) {
    decision = `error: ${e.message}`;
  }
  process.stdout.write(`${decision}\n`);
}
