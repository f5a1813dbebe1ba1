// What .ci/browser runs inside the browser, bundled: the checks of one page, by name. Each gets what the gateway and the runner told
// (see browser-checks.mjs), passes when it returns and fails when it throws.
import { Sha256 } from "@aws-crypto/sha256-js";
import * as iot from "@aws-sdk/client-iot";
import * as data from "@aws-sdk/client-iot-data-plane";
import * as sqs from "@aws-sdk/client-sqs";
import { SignatureV4 } from "@smithy/signature-v4";
import { auth, iot as deviceIot, mqtt5 } from "aws-iot-device-sdk-v2";
import mqtt from "mqtt";

const REGION = "local";
const POLICY = {
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Action: "iot:Connect", Resource: "arn:aws:iot:local:000000000000:client/${jwt:sub}-*" },
    { Effect: "Allow", Action: ["iot:Publish", "iot:Receive"], Resource: "arn:aws:iot:local:000000000000:topic/phones/${jwt:sub}/*" },
    { Effect: "Allow", Action: "iot:Subscribe", Resource: "arn:aws:iot:local:000000000000:topicfilter/phones/${jwt:sub}/*" },
  ],
};

function equal(found, expected) {
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    throw new Error(`found ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`);
  }
}

/** What a promise fails with; it must fail. */
async function failure(promise) {
  let came;
  try {
    came = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`it was not refused, but answered ${JSON.stringify(came)}`);
}

const text = (bytes) => new TextDecoder().decode(bytes);
const wss = (gateway) => `wss://localhost:${gateway.wss}/mqtt`;

async function presigned(gateway, credentials = gateway.credentials) {
  const signer = new SignatureV4({ credentials, region: REGION, service: "iotdevicegateway", sha256: Sha256 });
  const { query } = await signer.presign(
    {
      method: "GET",
      protocol: "wss:",
      hostname: "localhost",
      port: gateway.wss,
      path: "/mqtt",
      query: {},
      headers: { host: `localhost:${gateway.wss}` },
    },
    { expiresIn: 60 },
  );
  const pairs = Object.entries(query).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  return `${wss(gateway)}?${pairs.join("&")}`;
}

const connect = (url, options) => mqtt.connectAsync(url, { reconnectPeriod: 0, connectTimeout: 15_000, ...options }, false);

/** Subscribes, has it published, and wants to hear it. */
async function hears(client, topic, publish) {
  const heard = new Promise((resolve) => client.once("message", (on, payload) => resolve([on, payload.toString()])));
  equal((await client.subscribeAsync(topic, { qos: 1 }))[0].qos, 1);
  await publish();
  equal(await heard, [topic, "hello"]);
}

const settings = (gateway, endpoint) => ({ endpoint: gateway[endpoint], region: REGION, credentials: gateway.credentials, maxAttempts: 1 });
const publisher = (gateway, endpoint) => new data.IoTDataPlaneClient(settings(gateway, endpoint));

/** The data plane with a token in the place of the signature. */
function bearer(gateway, endpoint, token) {
  const scheme = { schemeId: "aws.auth#sigv4", identityProvider: (config) => config.getIdentityProvider("aws.auth#sigv4") };
  scheme.signer = { sign: async (request) => ((request.headers.authorization = `Bearer ${token}`), request) };
  return new data.IoTDataPlaneClient({ ...settings(gateway, endpoint), httpAuthSchemes: [scheme] });
}

/** Connects the Device SDK's client, talks to itself, and stops. */
async function talks(client, topic) {
  const connected = new Promise((resolve, reject) => {
    client.on("connectionSuccess", resolve);
    client.on("connectionFailure", (event) => reject(new Error(String(event.error))));
  });
  client.start();
  await connected;
  const heard = new Promise((resolve) => client.on("messageReceived", (event) => resolve(text(event.message.payload))));
  await client.subscribe({ subscriptions: [{ topicFilter: topic, qos: 1 }] });
  await client.publish({ topicName: topic, qos: 1, payload: "hello" });
  equal(await heard, "hello");
  const stopped = new Promise((resolve) => client.on("stopped", resolve));
  client.stop();
  await stopped;
  client.close();
}

const friend = {
  "AWS SDK, iot: makes, reads and lists policies over CORS": async (gateway) => {
    const client = new iot.IoTClient(settings(gateway, "http"));
    await client.send(new iot.CreatePolicyCommand({ policyName: "phones", policyDocument: JSON.stringify(POLICY) }));
    equal((await client.send(new iot.GetPolicyCommand({ policyName: "phones" }))).policyName, "phones");
    equal((await client.send(new iot.ListPoliciesCommand({}))).policies.length, 1);
  },
  "AWS SDK, iot: the page reads what kind of error it was, and the request's id": async (gateway) => {
    const error = await failure(new iot.IoTClient(settings(gateway, "http")).send(new iot.DescribeThingCommand({ thingName: "none" })));
    equal([error.name, error.$metadata.httpStatusCode], ["ResourceNotFoundException", 404]);
    equal(/^[0-9a-f-]{36}$/.test(error.$metadata.requestId), true);
  },
  "AWS SDK, sqs: a queue is made, written and read": async (gateway) => {
    const client = new sqs.SQSClient(settings(gateway, "http"));
    const { QueueUrl } = await client.send(new sqs.CreateQueueCommand({ QueueName: "from-a-page" }));
    await client.send(new sqs.SendMessageCommand({ QueueUrl, MessageBody: "hello" }));
    const { Messages } = await client.send(new sqs.ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    equal(Messages.map((one) => one.Body), ["hello"]);
    const error = await failure(client.send(new sqs.GetQueueUrlCommand({ QueueName: "none" })));
    equal(error.name, "QueueDoesNotExist");
  },
  "a secret that is wrong is a typed 403 that the page reads": async (gateway) => {
    const credentials = { ...gateway.credentials, secretAccessKey: "another" };
    const error = await failure(new sqs.SQSClient({ ...settings(gateway, "http"), credentials }).send(new sqs.ListQueuesCommand({})));
    equal([error.name, error.$metadata.httpStatusCode], ["SignatureDoesNotMatch", 403]);
    for (const endpoint of ["http", "https"]) {
      const client = new data.IoTDataPlaneClient({ ...settings(gateway, endpoint), credentials });
      const refused = await failure(client.send(new data.PublishCommand({ topic: "a", payload: "x" })));
      equal([refused.name, refused.$metadata.httpStatusCode], ["InvalidSignatureException", 403]);
    }
  },
  "what needs no key cannot be read": async (gateway) => {
    for (const path of ["/health", "/metrics", "/pki/ca.pem"]) {
      equal((await failure(fetch(gateway.http + path))).name, "TypeError");
    }
    equal((await failure(fetch(`${gateway.https}/health`))).name, "TypeError");
  },
};

for (const endpoint of ["http", "https"]) {
  friend[`AWS SDK, data plane, ${endpoint}: publishes, and reads retained messages`] = async (gateway) => {
    const client = await connect(await presigned(gateway), { clientId: `listener-${endpoint}` });
    const publish = () =>
      publisher(gateway, endpoint).send(
        new data.PublishCommand({
          topic: `back/${endpoint}`,
          qos: 1,
          retain: true,
          payload: "hello",
          contentType: "text/plain",
          userProperties: JSON.stringify([{ from: "a page" }]),
          payloadFormatIndicator: "UTF8_DATA",
        }),
      );
    await hears(client, `back/${endpoint}`, publish);
    await client.endAsync();
    const kept = await publisher(gateway, endpoint).send(new data.GetRetainedMessageCommand({ topic: `back/${endpoint}` }));
    equal(text(kept.payload), "hello");
  };
  friend[`AWS SDK, data plane, ${endpoint}: a shadow is changed, read and deleted`] = async (gateway) => {
    const client = publisher(gateway, endpoint);
    const thingName = `lamp-${endpoint}`;
    await client.send(new data.UpdateThingShadowCommand({ thingName, payload: '{"state":{"desired":{"on":true}}}' }));
    const shadow = await client.send(new data.GetThingShadowCommand({ thingName }));
    equal(JSON.parse(text(shadow.payload)).state.desired.on, true);
    await client.send(new data.DeleteThingShadowCommand({ thingName }));
    equal((await failure(client.send(new data.GetThingShadowCommand({ thingName })))).name, "ResourceNotFoundException");
  };
  friend[`AWS SDK, data plane, ${endpoint}: a token in the place of the signature, within its policy`] = async (gateway) => {
    await bearer(gateway, endpoint, gateway.tokens.ann).send(new data.PublishCommand({ topic: "phones/ann/2", payload: "x" }));
    const client = bearer(gateway, endpoint, gateway.tokens.ann);
    equal((await failure(client.send(new data.PublishCommand({ topic: "phones/bob/2", payload: "x" })))).name, "ForbiddenException");
    const late = await failure(
      bearer(gateway, endpoint, gateway.tokens.late).send(new data.PublishCommand({ topic: "phones/ann/2", payload: "x" })),
    );
    equal([late.name, late.message], ["ForbiddenException", "Forbidden: token_expired"]);
  };
}

for (const protocolVersion of [4, 5]) {
  friend[`MQTT.js, level ${protocolVersion}: a presigned URL`] = async (gateway) => {
    const client = await connect(await presigned(gateway), { protocolVersion, clientId: `page-${protocolVersion}` });
    await hears(client, `pages/${protocolVersion}`, () => client.publishAsync(`pages/${protocolVersion}`, "hello", { qos: 1 }));
    await client.endAsync();
  };
}

Object.assign(friend, {
  "MQTT.js: a token in the query, and as the password": async (gateway) => {
    for (const [url, options] of [
      [`${wss(gateway)}?token=${gateway.tokens.ann}`, {}],
      [wss(gateway), { username: "ann", password: gateway.tokens.ann }],
    ]) {
      const client = await connect(url, { clientId: "ann-1", ...options });
      await hears(client, "phones/ann/1", () => client.publishAsync("phones/ann/1", "hello", { qos: 1 }));
      await client.endAsync();
    }
  },
  "MQTT.js: an expired token, nothing at all, and a URL that another key signed are refused": async (gateway) => {
    await failure(connect(`${wss(gateway)}?token=${gateway.tokens.late}`, { clientId: "ann-2" }));
    await failure(connect(wss(gateway), { clientId: "ann-2" }));
    await failure(connect(await presigned(gateway, { ...gateway.credentials, secretAccessKey: "another" }), { clientId: "thief" }));
  },
  // It signs for port 443 and goes there; the runner has that port lead to the gateway, as a balancer would.
  "AWS IoT Device SDK, its build for browsers: a WebSocket signed with credentials": async (gateway) => {
    const provider = new auth.StaticCredentialProvider({
      aws_region: REGION,
      aws_access_id: gateway.credentials.accessKeyId,
      aws_secret_key: gateway.credentials.secretAccessKey,
    });
    const config = deviceIot.AwsIotMqtt5ClientConfigBuilder.newWebsocketMqttBuilderWithSigv4Auth("localhost", {
      region: REGION,
      credentialsProvider: provider,
    })
      .withConnectProperties({ clientId: "device-sdk", keepAliveIntervalSeconds: 60 })
      .build();
    await talks(new mqtt5.Mqtt5Client(config), "sdk/signed");
  },
  "AWS IoT Device SDK, its build for browsers: a token as the password": async (gateway) => {
    const config = deviceIot.AwsIotMqtt5ClientConfigBuilder.newWebsocketMqttBuilderWithCustomAuth("localhost", {
      username: "ann",
      password: new TextEncoder().encode(gateway.tokens.ann),
    })
      .withPort(gateway.wss)
      .withConnectProperties({ clientId: "ann-sdk", keepAliveIntervalSeconds: 60 })
      .build();
    await talks(new mqtt5.Mqtt5Client(config), "phones/ann/sdk");
  },
});

/** A page whose origin websocket-origins does not list, and cors-allowed-origins takes as any. */
const stranger = {
  "a page that is not listed gets no WebSocket, whatever it shows": async (gateway) => {
    await failure(connect(await presigned(gateway), { clientId: "stranger" }));
    await failure(connect(`${wss(gateway)}?token=${gateway.tokens.ann}`, { clientId: "ann-3" }));
  },
  "and may use the HTTP API, which any page may": async (gateway) => {
    await publisher(gateway, "https").send(new data.PublishCommand({ topic: "from/elsewhere", payload: "x" }));
  },
};

globalThis.pageChecks = { friend, stranger };
