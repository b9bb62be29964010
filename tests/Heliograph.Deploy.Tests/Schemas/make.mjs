// SPDX-License-Identifier: Apache-2.0
// Makes kubernetes.json of the npm packages kubernetes-models@4.3.1 and @kubernetes-models/apimachinery@1.2.1, unpacked (npm pack): the schemas of the kinds that deploy/kubernetes uses and of what
// they are made of, as one JSON Schema document. Members that a schema does not name are refused, as the API server refuses them under --validate=strict.
//   node make.mjs PACKAGE APIMACHINERY-PACKAGE >kubernetes.json
import { createRequire } from 'node:module';
import Module from 'node:module';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const kinds = {
  ConfigMap: 'core.v1', Namespace: 'core.v1', Service: 'core.v1', ServiceAccount: 'core.v1',
  DaemonSet: 'apps.v1', Deployment: 'apps.v1', StatefulSet: 'apps.v1', PodDisruptionBudget: 'policy.v1', NetworkPolicy: 'networking.v1',
};
const [models, machinery] = process.argv.slice(2).map(path => resolve(path));
const all = new Map();
const load = Module._load;
Module._load = (name, ...rest) => name === '@kubernetes-models/validate' ? { register: (id, schema) => all.set(id.replace(/#$/, ''), schema) }
  : load(name.replace(/^@kubernetes-models\/apimachinery\//, `${machinery}/`), ...rest);
const require = createRequire(import.meta.url);
for (const folder of [models, machinery])
  for (const file of readdirSync(join(folder, '_schemas')).filter(name => name.endsWith('.js') && !/beta|alpha/i.test(name))) require(join(folder, '_schemas', file)).addSchema();

const $defs = {};
const strict = schema => {
  if (Array.isArray(schema)) return schema.map(strict);
  if (schema === null || typeof schema !== 'object') return schema;
  const made = {};
  for (const [name, value] of Object.entries(schema)) {
    if (name === '$ref') {
      const id = value.replace(/#$/, '');
      if (!$defs[id]) { $defs[id] = true; $defs[id] = strict(all.get(id) ?? (() => { throw new Error(`no schema ${id}`); })()); }
      made.$ref = `#/$defs/${id}`;
    } else if (name === 'format' || name === 'nullable') continue; // of OpenAPI
    else made[name] = name === 'properties' ? Object.fromEntries(Object.entries(value).map(([member, of]) => [member, strict(of)])) : strict(value);
  }
  if (made.properties && !('additionalProperties' in made)) made.additionalProperties = false;
  return made;
};
const roots = Object.fromEntries(Object.entries(kinds).map(([kind, group]) => [kind, strict({ $ref: `io.k8s.api.${group}.${kind}#` })]));
const sorted = Object.fromEntries(Object.entries($defs).sort(([a], [b]) => a < b ? -1 : 1));
console.log(JSON.stringify({ $comment: 'Made by make.mjs of kubernetes-models 4.3.1 (Kubernetes 1.27.1); see README.md.', kinds: roots, $defs: sorted }));
