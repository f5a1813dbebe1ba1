// Runs the checks of browser-page.mjs in Chromium, in a folder with the packages, ready.json, tokens.json and the gateway's data
// directory. Every check has twenty seconds.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { build } from "esbuild";
import { chromium } from "playwright-core";

const CHECK_MILLIS = 20_000;

const ready = JSON.parse(readFileSync("ready.json", "utf8"));
const keyFile = readFileSync(ready.accessKeyFile, "utf8");
const gateway = {
  wss: ready.wss,
  http: `http://127.0.0.1:${ready.http}`,
  https: `https://localhost:${ready.https}`,
  tokens: JSON.parse(readFileSync("tokens.json", "utf8")),
  credentials: {
    accessKeyId: /aws_access_key_id\s*=\s*(\S+)/.exec(keyFile)[1],
    secretAccessKey: /aws_secret_access_key\s*=\s*(\S+)/.exec(keyFile)[1],
  },
};

const { outputFiles } = await build({
  entryPoints: ["browser-page.mjs"],
  bundle: true,
  platform: "browser",
  format: "iife",
  inject: ["browser-shim.mjs"],
  define: { global: "globalThis" },
  write: false,
});
const script = outputFiles[0].contents;
const pages = createServer((request, response) => {
  const isScript = request.url === "/page.js";
  response.setHeader("Content-Type", isScript ? "text/javascript" : "text/html");
  response.end(isScript ? script : '<!doctype html><meta charset="utf-8"><title>a page</title><script src="/page.js"></script>');
});
await new Promise((resolve) => pages.listen(0, "127.0.0.1", resolve));
const port = pages.address().port;

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  headless: true,
  chromiumSandbox: false, // root has none
  env: { ...process.env, HOME: process.cwd() }, // whose NSS database trusts the gateway's authority
  args: [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    `--host-resolver-rules=MAP localhost:443 127.0.0.1:${ready.wss}, MAP stranger.localhost 127.0.0.1`,
  ],
});
let passed = 0;
let failed = 0;

async function check(page, set, name) {
  let timer;
  try {
    await Promise.race([
      page.evaluate(([from, which, told]) => globalThis.pageChecks[from][which](told), [set, name, gateway]),
      new Promise((_, no) => (timer = setTimeout(() => no(new Error(`took ${CHECK_MILLIS} ms`)), CHECK_MILLIS))),
    ]);
    passed++;
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}\n        ${String(error?.stack ?? error).replaceAll("\n", "\n        ")}`);
  } finally {
    clearTimeout(timer);
  }
}

try {
  console.log(`Chromium ${browser.version()}`);
  for (const [set, host] of [
    ["friend", "localhost"],
    ["stranger", "stranger.localhost"],
  ]) {
    const page = await browser.newPage();
    const said = [];
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(String(error)));
    await page.goto(`http://${host}:${port}/`);
    const before = failed;
    for (const name of await page.evaluate((from) => Object.keys(globalThis.pageChecks[from]), set)) {
      await check(page, set, name);
    }
    if (failed > before) {
      console.log(`what the browser said:\n        ${said.join("\n        ").slice(0, 10_000)}`);
    }
    await page.close();
  }
  const metrics = await (await fetch(`${gateway.http}/metrics`, { signal: AbortSignal.timeout(CHECK_MILLIS) })).text();
  const counted = { websocket_origin: 2, token_expired: 1, signature_mismatch: 1, no_credentials: 1 };
  for (const [reason, least] of Object.entries(counted)) {
    const found = Number(new RegExp(`^sluice_connections_refused_total{reason="${reason}"} ([0-9.]+)`, "m").exec(metrics)?.[1] ?? 0);
    found >= least ? passed++ : failed++;
    console.log(`${found >= least ? "ok     " : "FAILED "} the gateway refused ${found} WebSockets for that reason: ${reason}`);
  }
} finally {
  await browser.close();
  pages.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
