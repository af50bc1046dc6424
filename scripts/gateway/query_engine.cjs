#!/usr/bin/env node
// LiteLLM keeps keys, teams and spend in PostgreSQL through Prisma, whose Python client starts the program named in
// PRISMA_QUERY_ENGINE_BINARY. That native program is on no package registry. Prisma's own query engine of the same
// commit is, as WebAssembly in @prisma/client, with Prisma's driver for PostgreSQL: this serves it at the client's routes.
//
// The client asks in GraphQL, that build of the engine in Prisma's JSON protocol: questions and answers are put from one
// into the other, and nothing else is done to them.
"use strict";

const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");

const home = process.env.LLAMA_AZURE_GATEWAY_NODE_MODULES || path.join(__dirname, "node_modules");
const from = (name) => require(path.join(home, name));

const ACTIONS =
  /^(findUnique|findFirst|findMany|createOne|createMany|updateOne|updateMany|deleteOne|deleteMany|upsertOne|aggregate|groupBy)(.+?)(OrThrow)?$/;
const RAW = ["queryRaw", "executeRaw"];

function loadEngine() {
  const runtime = path.join(home, "@prisma/client/runtime");
  const glue = require(path.join(runtime, "query_engine_bg.postgresql.js"));
  const code = new WebAssembly.Module(fs.readFileSync(path.join(runtime, "query_engine_bg.postgresql.wasm")));
  const instance = new WebAssembly.Instance(code, { "./query_engine_bg.js": glue });
  glue.__wbg_set_wasm(instance.exports);
  return glue;
}

// GraphQL -> JSON protocol ------------------------------------------------------------------------------------------

// In GraphQL a value of a field of JSON is its text; the JSON protocol takes a text for a value that is a text.
const VALUES_OF_JSON = ["set", "equals", "not", "array_contains", "array_starts_with", "array_ends_with"];

function fieldsOfJson(datamodel) {
  const found = {};
  for (const [, model, body] of datamodel.matchAll(/^model (\w+) \{(.*?)^\}/gms))
    found[model] = [...body.matchAll(/^\s*(\w+)\s+Json\b/gm)].map((one) => one[1]);
  return found;
}

function argument(node, json, isJson = false) {
  switch (node.kind) {
    case "NullValue":
      return null;
    case "IntValue":
      return Number.isSafeInteger(Number(node.value)) ? Number(node.value) : { $type: "BigInt", value: node.value };
    case "FloatValue":
      return Number(node.value);
    case "StringValue":
      return isJson ? { $type: "Json", value: node.value } : node.value;
    case "ListValue":
      return node.values.map((one) => argument(one, json, isJson));
    case "ObjectValue":
      return Object.fromEntries(
        node.fields.map(({ name: { value: name }, value }) => [
          name,
          argument(value, json, isJson ? VALUES_OF_JSON.includes(name) : json.includes(name)),
        ]),
      );
    default: // a truth value, or one of an enumeration
      return node.value;
  }
}

const argumentsOf = (field, json) =>
  Object.fromEntries(field.arguments.map((one) => [one.name.value, argument(one.value, json)]));

function selection(set) {
  if (!set) return {};
  return Object.fromEntries(
    set.selections.map((one) => [
      one.name.value,
      one.selectionSet ? { arguments: argumentsOf(one, []), selection: selection(one.selectionSet) } : true,
    ]),
  );
}

function asJson(question, parse, json) {
  const field = parse(question).definitions[0].selectionSet.selections[0];
  const called = field.name.value;
  const [, action, modelName, orThrow = ""] = called.match(ACTIONS) || [];
  const query = { arguments: argumentsOf(field, json[modelName] || []), selection: selection(field.selectionSet) };
  return RAW.includes(called) ? { action: called, query } : { modelName, action: action + orThrow, query };
}

// The JSON protocol's answers -> GraphQL's ---------------------------------------------------------------------------

function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  if ("$type" in value) return value.value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}

function answer(text) {
  const found = JSON.parse(text);
  const one = (part) => (part.errors ? part : { data: { result: plain(Object.values(part.data)[0]) } });
  return found.batchResult ? { batchResult: found.batchResult.map(one) } : one(found);
}

// LiteLLM asks the catalogue of PostgreSQL for names of tables; the driver knows no column of such a type.
const TEXT = 25;
const TEXTS = 1009; // a list of them
const NAMES = [18, 19, 2205, 4089]; // "char", name, regclass, regnamespace
const LISTS_OF_NAMES = [1002, 1003];

function readAsText(Result) {
  const addFields = Result.prototype.addFields;
  Result.prototype.addFields = function (fields) {
    for (const one of fields) {
      if (NAMES.includes(one.dataTypeID)) one.dataTypeID = TEXT;
      if (LISTS_OF_NAMES.includes(one.dataTypeID)) one.dataTypeID = TEXTS;
    }
    return addFields.call(this, fields);
  };
}

// The routes of the native program ------------------------------------------------------------------------------------

async function serve(port) {
  const { parse } = from("graphql");
  const { Pool } = from("pg");
  const { PrismaPg } = from("@prisma/adapter-pg");
  const { bindAdapter } = from("@prisma/driver-adapter-utils");
  readAsText(from("pg/lib/result.js"));
  const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
  const datamodel = fs.readFileSync(process.env.PRISMA_DML_PATH, "utf8");
  const json = fieldsOfJson(datamodel);
  const engine = new (loadEngine().QueryEngine)(
    {
      datamodel,
      logLevel: "error",
      logQueries: false,
      ignoreEnvVarErrors: true,
      datasourceOverrides: {},
      env: {},
      configDir: ".",
      engineProtocol: "json",
    },
    () => undefined,
    bindAdapter(new PrismaPg(pool)),
  );
  const ready = engine.connect("{}");

  async function ask(body, transaction) {
    const asked = JSON.parse(body);
    const question = asked.batch
      ? {
          batch: asked.batch.map((one) => asJson(one.query, parse, json)),
          ...(asked.transaction ? { transaction: { isolationLevel: asked.isolationLevel } } : {}),
        }
      : asJson(asked.query, parse, json);
    return answer(await engine.query(JSON.stringify(question), "{}", transaction));
  }

  async function route(method, url, body, headers) {
    await ready;
    const [, first, id, what] = url.split("?")[0].split("/");
    if (url === "/status") return { status: "ok" };
    if (first === "metrics") return { counters: [], gauges: [], histograms: [] };
    if (first === "transaction") {
      if (id === "start") {
        const wanted = JSON.parse(body);
        return JSON.parse(
          await engine.startTransaction(
            JSON.stringify({ max_wait: wanted.max_wait ?? 2000, timeout: wanted.timeout ?? 5000, ...wanted }),
            "{}",
          ),
        );
      }
      const end = what === "commit" ? engine.commitTransaction(id, "{}") : engine.rollbackTransaction(id, "{}");
      return JSON.parse((await end) || "{}");
    }
    return ask(body, headers["x-transaction-id"]);
  }

  const server = http.createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", async () => {
      let status = 200;
      let said;
      try {
        said = await route(request.method, request.url, Buffer.concat(parts).toString(), request.headers);
      } catch (error) {
        const message = String(error && error.message ? error.message : error);
        said = { errors: [{ error: message, user_facing_error: { is_panic: false, message, meta: {} } }] };
      }
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(said));
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(port, "127.0.0.1");
  // Node ends with its parent: whoever started it may have been killed.
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && process.exit(0), 2000).unref();
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
}

const given = process.argv.slice(2);
if (given.includes("--version")) {
  console.log(`query-engine ${loadEngine().getBuildTimeInfo().commit}`);
} else {
  serve(Number(given[given.indexOf("-p") + 1]));
}
