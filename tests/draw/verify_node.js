// Runs the verifier of verify.html over bundle folders: node verify_node.js PAGE, folders on stdin.
"use strict";
const fs = require("fs"), path = require("path"), vm = require("vm");
const page = fs.readFileSync(process.argv[2], "utf8");
const code = page.match(/<script id="verifier">([\s\S]*?)<\/script>/)[1];
const context = vm.createContext({ TextEncoder, TextDecoder, Uint8Array, Int32Array, DataView, ArrayBuffer });
vm.runInContext(code + "\nthis.verifyBundle = verifyBundle; this.HASHES = HASHES; this.hex = hex;", context);
async function run() {
  for (const folder of fs.readFileSync(0, "utf8").split("\n").filter(Boolean)) {
    if (folder.startsWith("hash ")) {
      const [, name, text] = folder.split(" ");
      console.log(context.hex(context.HASHES[name](new TextEncoder().encode(text))));
      continue;
    }
    const files = {};
    for (const name of fs.readdirSync(folder)) files[name] = await fs.openAsBlob(path.join(folder, name));
    const { x, ...found } = await context.verifyBundle(files, "");
    console.log(JSON.stringify(found));
  }
}
run();
