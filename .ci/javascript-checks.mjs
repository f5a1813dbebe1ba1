// What .ci/javascript checks, in a folder with the packages, ready.json and the gateway's data directory. Add a check with check(name, code):
// it passes when the code returns, and fails when it throws or takes ten seconds.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import * as jose from "jose";

const ISSUER = "https://issuer.example";
const REGION = "local";
const POLICY = {
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Action: "iot:Connect", Resource: "arn:aws:iot:local:000000000000:client/${jwt:sub}-*" },
    { Effect: "Allow", Action: ["iot:Publish", "iot:Receive"], Resource: "arn:aws:iot:local:000000000000:topic/phones/${jwt:sub}/*" },
    { Effect: "Allow", Action: "iot:Subscribe", Resource: "arn:aws:iot:local:000000000000:topicfilter/phones/${jwt:sub}/*" },
  ],
};

async function keys() {
  const { publicKey, privateKey } = await jose.generateKeyPair("ES256", { extractable: true });
  writeFileSync("keys.json", JSON.stringify({ keys: [{ ...(await jose.exportJWK(publicKey)), kid: "k", alg: "ES256" }] }));
  const token = (subject, expires) =>
    new jose.SignJWT({})
      .setProtectedHeader({ alg: "ES256", kid: "k" })
      .setIssuer(ISSUER)
      .setAudience("sluice")
      .setSubject(subject)
      .setExpirationTime(expires)
      .sign(privateKey);
  writeFileSync("tokens.json", JSON.stringify({ ann: await token("ann", "10m"), late: await token("ann", "-10m") }), { mode: 0o600 });
}

let passed = 0;
let failed = 0;
async function check(name, code) {
  let timer;
  try {
    await Promise.race([code(), new Promise((_, no) => (timer = setTimeout(() => no(new Error("took ten seconds")), 10_000)))]);
    passed++;
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}\n        ${String(error?.stack ?? error).replaceAll("\n", "\n        ")}`);
  } finally {
    clearTimeout(timer);
  }
}

async function run() {
  const { default: mqtt } = await import("mqtt");
  const { SignatureV4 } = await import("@smithy/signature-v4");
  const { Sha256 } = (await import("@aws-crypto/sha256-js")).default;
  const { IoTClient, CreatePolicyCommand } = await import("@aws-sdk/client-iot");
  const data = await import("@aws-sdk/client-iot-data-plane");
  const { default: sdk } = await import("aws-iot-device-sdk-v2");

  const ready = JSON.parse(readFileSync("ready.json", "utf8"));
  const tokens = JSON.parse(readFileSync("tokens.json", "utf8"));
  const keyFile = readFileSync(ready.accessKeyFile, "utf8");
  const credentials = {
    accessKeyId: /aws_access_key_id\s*=\s*(\S+)/.exec(keyFile)[1],
    secretAccessKey: /aws_secret_access_key\s*=\s*(\S+)/.exec(keyFile)[1],
  };
  const http = `http://127.0.0.1:${ready.http}`;
  const https = `https://localhost:${ready.https}`;
  const wss = `wss://localhost:${ready.wss}/mqtt`;

  await new IoTClient({ endpoint: http, region: REGION, credentials }).send(
    new CreatePolicyCommand({ policyName: "phones", policyDocument: JSON.stringify(POLICY) }),
  );

  /** As a page does it that has temporary credentials: the token stands behind the signature. */
  async function presigned(identity = credentials, sessionToken) {
    const signer = new SignatureV4({ credentials: identity, region: REGION, service: "iotdevicegateway", sha256: Sha256 });
    const host = `localhost:${ready.wss}`;
    const { query } = await signer.presign(
      { method: "GET", protocol: "wss:", hostname: "localhost", port: ready.wss, path: "/mqtt", query: {}, headers: { host } },
      { expiresIn: 60 },
    );
    const text = Object.entries(query)
      .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
      .join("&");
    return `${wss}?${text}${sessionToken ? `&X-Amz-Security-Token=${encodeURIComponent(sessionToken)}` : ""}`;
  }

  /** The status that the request for a WebSocket is answered with: the clients do not tell it. */
  const upgrade = (url) =>
    new Promise((resolve, reject) => {
      const key = Buffer.from("0123456789abcdef").toString("base64");
      const headers = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-protocol": "mqtt", "sec-websocket-key": key };
      get(url.replace("wss:", "https:"), { headers })
        .on("response", (response) => resolve(response.resume().statusCode))
        .on("upgrade", (response, socket) => resolve((socket.destroy(), response.statusCode)))
        .on("error", reject);
    });

  const connect = (url, options) => mqtt.connectAsync(url, { reconnectPeriod: 0, connectTimeout: 5_000, ...options }, false);

  /** Subscribes, has it published, and wants to hear it. */
  async function hears(client, topic, publish) {
    const heard = new Promise((resolve) => client.once("message", (on, payload) => resolve([on, payload.toString()])));
    const granted = await client.subscribeAsync(topic, { qos: 1 });
    assert.equal(granted[0].qos, 1);
    await publish();
    assert.deepEqual(await heard, [topic, "hello"]);
  }

  const publisher = (endpoint) => new data.IoTDataPlaneClient({ endpoint, region: REGION, credentials });
  /** The same with a token in the place of the signature. */
  const bearer = (endpoint, token) => {
    const scheme = { schemeId: "aws.auth#sigv4", identityProvider: (config) => config.getIdentityProvider("aws.auth#sigv4") };
    scheme.signer = { sign: async (request) => ((request.headers.authorization = `Bearer ${token}`), request) };
    return new data.IoTDataPlaneClient({ endpoint, region: REGION, credentials, httpAuthSchemes: [scheme] });
  };
  const message = (topic) => new data.PublishCommand({ topic, qos: 1, payload: "hello" });

  for (const protocolVersion of [4, 5]) {
    await check(`MQTT.js, level ${protocolVersion}: a presigned URL`, async () => {
      const client = await connect(await presigned(), { protocolVersion, clientId: `page-${protocolVersion}` });
      await hears(client, `pages/${protocolVersion}`, () => client.publishAsync(`pages/${protocolVersion}`, "hello", { qos: 1 }));
      await client.endAsync();
    });
    await check(`MQTT.js, level ${protocolVersion}: a token as the password`, async () => {
      const client = await connect(wss, { protocolVersion, clientId: `ann-${protocolVersion}`, username: "ann", password: tokens.ann });
      await hears(client, "phones/ann/1", () => client.publishAsync("phones/ann/1", "hello", { qos: 1 }));
      await client.endAsync();
    });
  }
  await check("MQTT.js: a presigned URL with a session token", async () => {
    const client = await connect(await presigned(credentials, "a/session+token="), { clientId: "page-session" });
    await client.endAsync();
  });
  await check("MQTT.js: a token in the query, as a page must have it", async () => {
    const client = await connect(`${wss}?token=${tokens.ann}`, { clientId: "ann-query" });
    await client.endAsync();
  });
  await check("MQTT.js: a token in a header", async () => {
    const client = await connect(wss, { clientId: "ann-header", wsOptions: { headers: { Authorization: `Bearer ${tokens.ann}` } } });
    await client.endAsync();
  });
  await check("MQTT.js: another's client identifier and an expired token are refused, as are strangers", async () => {
    await assert.rejects(connect(wss, { clientId: "bob-1", username: "x", password: tokens.ann }));
    await assert.rejects(connect(wss, { clientId: "ann-9", username: "x", password: tokens.late }));
    await assert.rejects(connect(wss, { clientId: "ann-9" }));
  });
  await check("MQTT.js: a URL that another key signed is answered 403", async () => {
    const url = await presigned({ ...credentials, secretAccessKey: "another" });
    await assert.rejects(connect(url, { clientId: "thief" }));
    assert.equal(await upgrade(url), 403);
    assert.equal(await upgrade(await presigned()), 101);
  });

  await check("AWS IoT Device SDK: WebSocket signed with static credentials", async () => {
    const { iot, mqtt5, auth } = sdk;
    const config = iot.AwsIotMqtt5ClientConfigBuilder.newWebsocketMqttBuilderWithSigv4Auth("localhost", {
      region: REGION,
      credentialsProvider: auth.AwsCredentialsProvider.newStatic(credentials.accessKeyId, credentials.secretAccessKey),
    })
      .withCertificateAuthorityFromPath(undefined, `${ready.dataDir}/certs/ca.pem`)
      .withPort(ready.wss)
      .withConnectProperties({ clientId: "device-sdk", keepAliveIntervalSeconds: 30 })
      .build();
    const client = new mqtt5.Mqtt5Client(config);
    const connected = new Promise((resolve, reject) => {
      client.on("connectionSuccess", resolve);
      client.on("connectionFailure", (event) => reject(event.error));
    });
    client.start();
    await connected;
    const heard = new Promise((resolve) => client.on("messageReceived", (event) => resolve(Buffer.from(event.message.payload).toString())));
    await client.subscribe({ subscriptions: [{ topicFilter: "sdk/1", qos: 1 }] });
    await client.publish({ topicName: "sdk/1", qos: 1, payload: "hello" });
    assert.equal(await heard, "hello");
    const stopped = new Promise((resolve) => client.on("stopped", resolve));
    client.stop();
    await stopped;
    client.close();
  });

  for (const [name, endpoint] of [["TLS", https], ["plain", http]]) {
    await check(`AWS SDK data plane, ${name} port: publishes, signed`, async () => {
      const client = await connect(await presigned(), { clientId: `listener-${name}` });
      await hears(client, `back/${name}`, () => publisher(endpoint).send(message(`back/${name}`)));
      await client.endAsync();
    });
    await check(`AWS SDK data plane, ${name} port: a shadow, signed`, async () => {
      const client = publisher(endpoint);
      await client.send(new data.UpdateThingShadowCommand({ thingName: `lamp-${name}`, payload: '{"state":{"desired":{"on":true}}}' }));
      const shadow = await client.send(new data.GetThingShadowCommand({ thingName: `lamp-${name}` }));
      assert.equal(JSON.parse(Buffer.from(shadow.payload)).state.desired.on, true);
    });
    await check(`AWS SDK data plane, ${name} port: publishes with a token where its policy allows`, async () => {
      await bearer(endpoint, tokens.ann).send(message("phones/ann/2"));
      await assert.rejects(bearer(endpoint, tokens.ann).send(message("phones/bob/2")), { name: "ForbiddenException" });
      await assert.rejects(bearer(endpoint, tokens.late).send(message("phones/ann/2")), /token_expired/);
    });
  }

  await check("AWS SDK data plane: a client's connection is shown, spoken to and ended", async () => {
    const operator = publisher(https);
    const client = await connect(await presigned(), { clientId: "watched", protocolVersion: 5 });
    const heard = new Promise((resolve) => client.once("message", (topic, payload) => resolve([topic, payload.toString()])));
    const closed = new Promise((resolve) => client.once("close", resolve));
    await client.subscribeAsync("watched/filter/#", { qos: 1 });
    assert.equal((await operator.send(new data.GetConnectionCommand({ clientId: "watched" }))).connected, true);
    const { subscriptions } = await operator.send(new data.ListSubscriptionsCommand({ clientId: "watched" }));
    assert.deepEqual(subscriptions.map((one) => one.topicFilter), ["watched/filter/#"]);
    await operator.send(new data.SendDirectMessageCommand({ clientId: "watched", topic: "only/you", payload: "hello" }));
    assert.deepEqual(await heard, ["only/you", "hello"]);
    await operator.send(new data.DeleteConnectionCommand({ clientId: "watched" }));
    await closed;
  });

  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}

await (process.argv[2] === "keys" ? keys() : run());
