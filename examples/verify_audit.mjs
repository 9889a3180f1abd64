// Verifies an export of LedgerWatch's audit log, and needs nothing of LedgerWatch: Node 18 or newer, no packages.
//
//   ledgerwatch audit export --out events.jsonl
//   node verify_audit.mjs events.jsonl [HASH...]
//
// HASH: the hash of an event that was noted earlier, as `ledgerwatch audit head` prints them. Exit code 0: every chain is
// whole, and each noted hash is that of an event; the last event of each chain is printed. Exit code 1: the first event that
// does not fit is named. What is checked and why is told in docs/audit.md.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

const [file, ...noted] = process.argv.slice(2);
if (file === undefined) stop("usage: node verify_audit.mjs FILE [HASH...]", 2);

// The value of `event` is taken as the text it is, and hashed so: whoever parses it and writes it again has to write every
// number and every character as it was.
const LINE =
  /^\{"chain":"([0-9a-f-]{36})","event":(\{.*\}),"form":([12]),"hash":"([0-9a-f]{64})","previous_hash":"([0-9a-f]{64})"\}$/;
const wanted = new Set(noted.map((hash) => hash.toLowerCase()));
const ends = new Map(); // chain → its last event so far
let number = 0;
let current = null;

const input = createReadStream(file).on("error", (error) => stop(`${file} cannot be read: ${error.code}`, 2));
for await (const line of createInterface({ input, crlfDelay: Infinity })) {
  number += 1;
  const parts = LINE.exec(line);
  if (parts === null) stop(`line ${number} is no event of an export`);
  const [, chain, text, form, hash, previous] = parts;
  if (chain !== current && ends.has(chain)) broken(chain, ends.get(chain).seq + 1, "it stands behind another chain");
  current = chain;

  const last = ends.get(chain) ?? { seq: 0, hash: "0".repeat(64) };
  const event = parsed(text);
  if (form === "2" && event.chain !== chain) stop(`line ${number} has an event of another chain`);
  if (event.seq !== last.seq + 1) broken(chain, last.seq + 1, `it is missing, the next is ${event.seq}`);
  if (previous !== last.hash) broken(chain, event.seq, "its previous hash is not the hash of the event before");
  const digest = createHash("sha256").update(previous).update(text, "utf8").digest("hex");
  if (digest !== hash) broken(chain, event.seq, "its content does not give its hash");

  ends.set(chain, { seq: event.seq, hash });
  wanted.delete(hash);
}
for (const hash of wanted) stop(`no event has the hash ${hash}: it was never here, or a tail was cut off`);
for (const [chain, { seq, hash }] of ends) console.log(`${chain} ${seq} ${hash}`);

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return stop(`line ${number} has an event that is no JSON`);
  }
}

function broken(chain, seq, why) {
  stop(`chain ${chain} is broken at event ${seq} (line ${number}): ${why}`);
}

function stop(message, code = 1) {
  console.error(message);
  process.exit(code);
}
