// Reads {tables: {table: "(column: type, …)"}, queries: [text]} from standard input; writes for each query what Microsoft's
// own parser and binder of the Kusto Query Language say against it.
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const folder = path.dirname(require.resolve("@kusto/language-service-next/package.json"));
for (const name of ["bridge.min.js", "Kusto.Language.Bridge.min.js"]) {
  vm.runInThisContext(fs.readFileSync(path.join(folder, name), "utf8"), name);
}
const { GlobalState, KustoCode, Symbols } = globalThis.Kusto.Language;
const { tables, queries } = JSON.parse(fs.readFileSync(0, "utf8"));
const symbols = Object.entries(tables).map(([name, schema]) => new Symbols.TableSymbol.$ctor7(name, schema, null));
const workspace = new Symbols.DatabaseSymbol.$ctor3("workspace", null, symbols, false);
const globals = GlobalState.Default.WithDatabase(workspace);

function problems(query) {
  const said = KustoCode.ParseAndAnalyze(query, globals).GetDiagnostics();
  const found = [];
  for (let at = 0; at < said.Count; at++) {
    const one = said.getItem(at);
    found.push(`${one.Code}: ${one.Message}: ${query.slice(one.Start, one.Start + one.Length)}`);
  }
  return found;
}

console.log(JSON.stringify(queries.map(problems)));
