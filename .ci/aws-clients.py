"""What .ci/aws-cli runs in Python: paho-mqtt over mutual TLS with the certificate that the CLI made, boto3 beside it."""

import argparse
import json
import queue
import ssl
import sys
import urllib.error
import urllib.request

import boto3
import paho.mqtt.client as mqtt
from botocore.exceptions import ClientError

args = argparse.ArgumentParser()
for name in ("host", "ca", "certificate", "key", "id"):
    args.add_argument("--" + name, required=True)
for name in ("mqtts", "wss", "https", "http"):
    args.add_argument("--" + name, required=True, type=int)
args = args.parse_args()

endpoint = f"http://127.0.0.1:{args.http}"
iot = boto3.client("iot", endpoint_url=endpoint)
data = boto3.client("iot-data", endpoint_url=endpoint)
failures = 0


def check(name, expected, found):
    global failures
    ok = expected == found
    failures += not ok
    print(f"{'ok      ' if ok else 'FAILED  '}python: {name}", flush=True)
    if not ok:
        print(f"        expected: {expected}\n        found:    {found}", flush=True)


class Device:
    """A client whose events come to a queue."""

    def __init__(self, client_id, protocol=mqtt.MQTTv311, transport="tcp"):
        self.events = queue.Queue()
        versions = getattr(mqtt, "CallbackAPIVersion", None)  # paho 2 asks which callbacks are meant
        first = [versions.VERSION1] if versions else []
        self.client = mqtt.Client(*first, client_id=client_id, protocol=protocol, transport=transport)
        self.port = args.mqtts if transport == "tcp" else args.wss
        self.client.tls_set(args.ca, args.certificate, args.key, tls_version=ssl.PROTOCOL_TLS_CLIENT)
        self.client.on_connect = lambda c, u, flags, code, *rest: self.events.put(("connected", getattr(code, "value", code)))
        self.client.on_subscribe = lambda c, u, mid, codes, *rest: self.events.put(("subscribed", [getattr(x, "value", x) for x in codes]))
        self.client.on_message = lambda c, u, m: self.events.put(("message", (m.topic, m.payload, bool(m.retain))))
        self.client.on_disconnect = lambda c, u, code, *rest: self.events.put(("gone", None))

    def connect(self):
        self.client.connect(args.host, self.port, keepalive=30)
        self.client.loop_start()
        return self.next("connected", "gone")

    def next(self, *kinds):
        while True:
            try:
                kind, value = self.events.get(timeout=10)
            except queue.Empty:
                return f"nothing of {kinds} within 10 s"
            if kind in kinds:
                return kind if kind == "gone" else value

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


for protocol, name in ((mqtt.MQTTv311, "MQTT 3.1.1"), (mqtt.MQTTv5, "MQTT 5")):
    device = Device("lamp-1", protocol)
    check(f"{name}: the certificate is admitted as its thing", 0, device.connect())
    device.client.subscribe([("house/+/say", 1)])
    check(f"{name}: a subscription is granted", [1], device.next("subscribed"))
    device.client.publish("house/1/say", b"from paho", qos=1).wait_for_publish(10)
    check(f"{name}: a message goes round", ("house/1/say", b"from paho", False), device.next("message"))
    data.publish(topic="house/1/say", qos=1, payload=b"from boto3")
    check(f"{name}: boto3's message arrives", ("house/1/say", b"from boto3", False), device.next("message"))
    device.client.subscribe([("house/kept", 1)])
    check(f"{name}: the retained message of the CLI arrives", ("house/kept", b"kept", True), device.next("message"))
    device.close()

device = Device("lamp-1", transport="websockets")  # paho says an Origin there, though it is no browser
check("WebSocket: the certificate is admitted as its thing", 0, device.connect())
device.client.subscribe([("house/+/say", 1)])
device.client.publish("house/1/say", b"over wss", qos=1).wait_for_publish(10)
check("WebSocket: a message goes round", ("house/1/say", b"over wss", False), device.next("message"))
device.close()

stranger = Device("lamp-2")
check("a client identifier that is not its thing is refused", True, stranger.connect() in ("gone", 5))
stranger.close()

tls = ssl.create_default_context(cafile=args.ca)
tls.load_cert_chain(args.certificate, args.key)


def device_port(method, path, body=None):
    request = urllib.request.Request(f"https://{args.host}:{args.https}{path}", method=method, data=body)
    try:
        with urllib.request.urlopen(request, context=tls, timeout=10) as answer:
            return answer.status, json.load(answer).get("message"), None
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused).get("message"), refused.headers.get("x-amzn-ErrorType")


check("a publication over mutual TLS", (200, "OK", None), device_port("POST", "/topics/house/1?qos=1", b"{}"))
check("one that no policy allows", (403, "Forbidden", "ForbiddenException"), device_port("POST", "/topics/garden?qos=1", b"{}"))
check("a shadow that no policy allows", (403, "Forbidden", "ForbiddenException"), device_port("GET", "/things/lamp-1/shadow"))

things = [thing["thingName"] for page in iot.get_paginator("list_things").paginate(PaginationConfig={"PageSize": 2}) for thing in page["things"]]
check("boto3 walks the pages", ["lamp-1", "lamp-2", "lamp-3", "lamp-4", "lamp-5"], things)
try:
    iot.create_thing(thingName="lamp-1")
    check("a thing that is there", "refused", "made")
except iot.exceptions.ResourceAlreadyExistsException as refused:
    check("a thing that is there names it", "arn:aws:iot:local:000000000000:thing/lamp-1", refused.response["resourceArn"])
try:
    iot.list_things(nextToken="none of ours")
    check("a token that is none", "refused", "taken")
except ClientError as refused:
    check("a token that is none", ("InvalidRequestException", 400),
          (refused.response["Error"]["Code"], refused.response["ResponseMetadata"]["HTTPStatusCode"]))

live = Device("lamp-1")
live.connect()
iot.update_certificate(certificateId=args.id, newStatus="INACTIVE")
check("switching the certificate off ends its connection", "gone", live.next("gone"))
live.close()
iot.update_certificate(certificateId=args.id, newStatus="ACTIVE")

sys.exit(1 if failures else 0)
