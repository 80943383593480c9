// Compiles every schema of a folder with Ajv in strict mode, the files and the bundle, and checks
// each schema's own examples. Prints how many there were; exits with 1 at the first complaint.
const { readdirSync, readFileSync } = require("node:fs");
const { join } = require("node:path");
const Ajv = require("ajv/dist/2020").default;
const addFormats = require("ajv-formats").default;

const folder = process.argv[2];
const options = { strict: true, strictTypes: false, strictRequired: false, allowUnionTypes: true };
const read = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));
const names = readdirSync(folder).filter((name) => name !== "bundle.json");

let count = 0;
function check(ajv, reference, examples) {
  const validate = ajv.getSchema(reference);
  if (!validate) throw new Error(`no schema ${reference}`);
  for (const example of examples ?? []) {
    if (!validate(example)) throw new Error(`${reference}: ${ajv.errorsText(validate.errors)}`);
  }
  count += 1;
}

const single = addFormats(new Ajv(options));
for (const name of names) single.addSchema(read(name));
for (const name of names) check(single, name, read(name).examples);

const bundle = read("bundle.json");
const whole = addFormats(new Ajv(options));
whole.addSchema(bundle);
for (const name of Object.keys(bundle.$defs)) {
  check(whole, `${bundle.$id}#/$defs/${name}`, bundle.$defs[name].examples);
}
console.log(`${count} schemas`);
