#!/usr/bin/env python3
"""Writes iot-inputs.json of broker/api: what the inputs of AWS IoT's operations may be, from botocore's public service model.

    python3 -m venv v && v/bin/pip install botocore && v/bin/python .ci/iot-inputs.py

Run it when an operation is added; InputModelTest says so. Left out on purpose, because this gateway knows better:
- that role ARNs are required: nobody assumes roles here
- how long a policy's document is: MalformedPolicyException says it
- how short the ARN of a hook is, and what a bucket of things to register looks like: both may be URLs here
- patterns of descriptions: they may be in any language, and the registry refuses control characters
- the payload of a rule: the engine says which rule, which action, which key
"""
import json
import pathlib
import re

import botocore
import botocore.loaders

home = pathlib.Path(__file__).resolve().parent.parent / "broker/api/src/main"
model = botocore.loaders.Loader().load_service_model("iot", "service-2")
offered = set()
for source in (home / "java/io/sluice/api").glob("*.java"):
    offered |= set(re.findall(r'Operation\s*\.(?:read|write)\(\s*(?:FAMILY|Family\.IOT),\s*"(\w+)"', source.read_text()))
KEPT = ("type", "min", "max", "pattern", "enum", "sensitive")
shapes = {}


def keep(name):
    if name in shapes:
        return
    shape = model["shapes"][name]
    kept = {key: shape[key] for key in KEPT if key in shape}
    if r"\p{Graph}" in kept.get("pattern", "") or kept.get("pattern") == r"[\s\S]*":
        del kept["pattern"]
    if name == "PolicyDocument":
        kept.pop("max")
    if name == "TargetArn":
        kept.pop("min", None)
    if name == "RegistryS3BucketName":
        kept.pop("pattern")
        kept.pop("max")
    shapes[name] = kept
    for key in ("member", "key", "value"):
        if key in shape:
            kept[key] = shape[key]["shape"]
            keep(kept[key])
    if "members" in shape:
        kept["required"] = [one for one in shape.get("required", []) if one not in ("roleArn", "provisioningRoleArn", shape.get("payload"))]
        kept["members"] = {}
        for member, reference in shape["members"].items():
            if member == shape.get("payload"):
                continue
            kept["members"][member] = {key: reference[from_] for key, from_ in
                                       (("shape", "shape"), ("in", "location"), ("name", "locationName")) if from_ in reference}
            keep(reference["shape"])


operations = {}
for name in sorted(offered & set(model["operations"])):
    operation = model["operations"][name]
    if "input" in operation:
        operations[name] = {"path": operation["http"]["requestUri"], "input": operation["input"]["shape"]}
        keep(operation["input"]["shape"])


def lines(things):
    return ",\n".join(f"{json.dumps(name)}: {json.dumps(things[name])}" for name in sorted(things))


target = home / "resources/io/sluice/api/iot-inputs.json"
target.write_text(f'{{"from": "botocore {botocore.__version__}, by .ci/iot-inputs.py",\n"operations": {{\n{lines(operations)}}},\n"shapes": {{\n{lines(shapes)}}}}}\n')
print(f"{target}: {len(operations)} operations, {len(shapes)} shapes")
