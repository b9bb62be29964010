# SPDX-License-Identifier: Apache-2.0
# Makes a CycloneDX 1.5 document of what `dotnet list package --include-transitive --format json` says. Called by .ci/make-sbom:
#   sbom.py GRAPH ASSETS LOCK PROPS
# GRAPH is the list; ASSETS (project.assets.json) says where packages lie and who needs whom; LOCK holds the hash of each as it was when it was taken in; PROPS the version.
import base64, hashlib, json, os, re, sys, uuid
import xml.etree.ElementTree as xml

graph, assets, lock = (json.load(open(path, encoding="utf-8-sig")) for path in sys.argv[1:4])
version = re.search(r"<Version>([^<]+)</Version>", open(sys.argv[4], encoding="utf-8").read()).group(1)
folders = list(assets["packageFolders"])
locked = {name.lower(): entry for target in lock["dependencies"].values() for name, entry in target.items() if entry["type"] != "Project"}


def reference(name, of):
    return f"pkg:nuget/{name}@{of}"


def nuspec(folder):
    file = next(os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".nuspec"))
    return {element.tag.split("}")[-1]: element for element in xml.parse(file).getroot().iter()}


def licence(spec):
    told = spec.get("license")
    if told is not None and told.get("type") == "expression":
        return [{"expression": told.text.strip()}] if re.search(r" (AND|OR|WITH) ", told.text) else [{"license": {"id": told.text.strip()}}]
    url = spec["licenseUrl"].text.strip() if "licenseUrl" in spec and spec["licenseUrl"].text else None
    return [{"license": {"name": told.text.strip() if told is not None and told.text else "see the package", **({"url": url} if url else {})}}]


def natives(folder, owner):
    for where, _, names in sorted(os.walk(os.path.join(folder, "runtimes"))):
        if not where.endswith(os.sep + "native"):
            continue
        for name in sorted(names):
            path = os.path.join(where, name)
            inside = os.path.relpath(path, folder).replace(os.sep, "/")
            with open(path, "rb") as binary:
                digest = hashlib.sha256(binary.read()).hexdigest()
            yield {"type": "file", "bom-ref": f"{owner}#{inside}", "name": inside, "hashes": [{"alg": "SHA-256", "content": digest}]}


found = {}
for project in graph["projects"]:
    for framework in project.get("frameworks", []):
        for kind in ("topLevelPackages", "transitivePackages"):
            for package in framework.get(kind, []):
                found[package["id"]] = package["resolvedVersion"]

components = []
for name, of in sorted(found.items()):
    folder = next(path for path in (os.path.join(root, name.lower(), of.lower()) for root in folders) if os.path.isdir(path))
    entry = locked[name.lower()]  # what is not locked is not shipped: a KeyError says so
    assert entry["resolved"] == of, f"{name}: {of} is used and {entry['resolved']} is locked"
    spec, ref = nuspec(folder), reference(name, of)
    component = {"type": "library", "bom-ref": ref, "name": name, "version": of, "purl": ref, "licenses": licence(spec),
                 "hashes": [{"alg": "SHA-512", "content": base64.b64decode(entry["contentHash"]).hex()}]}
    if "authors" in spec and spec["authors"].text:
        component["author"] = spec["authors"].text.strip()
    inner = list(natives(folder, ref))
    if inner:
        component["components"] = inner
    components.append(component)

refs = {component["name"].lower(): component["bom-ref"] for component in components}
needs = {name.lower(): sorted({refs[other.lower()] for other in entry.get("dependencies", {}) if other.lower() in refs}) for name, entry in locked.items()}
root = reference("helio", version)
top = sorted({refs[package["id"].lower()] for project in graph["projects"] for framework in project.get("frameworks", []) for package in framework.get("topLevelPackages", []) + framework.get("transitivePackages", [])})
document = {
    "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
    "metadata": {"component": {"type": "application", "bom-ref": root, "name": "helio", "version": version, "licenses": [{"license": {"id": "Apache-2.0"}}]}},
    "components": components,
    "dependencies": [{"ref": root, "dependsOn": top}] + [{"ref": component["bom-ref"], "dependsOn": needs.get(component["name"].lower(), [])} for component in components],
}
document["serialNumber"] = "urn:uuid:" + str(uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(document, sort_keys=True)))
json.dump(document, sys.stdout, indent=1, sort_keys=False)
print()
