import assert from "node:assert/strict";
import { BROADCAST_MAC, type MacAddress } from "../net/mac_address.ts";
import { Replicas } from "./replicas.ts";

const [A, B] = [0x0200_0000_000a, 0x0200_0000_000b] as [MacAddress, MacAddress];

/** What looks lead to, one letter or more for each: `?` asks all, `a` asks A, `-a` A is lost, `!` announces. */
function looks(replicas: Replicas, count: number, hear: (look: number) => void = () => {}) {
  const nameOf = (mac: MacAddress) => mac === A ? "a" : mac === B ? "b" : "x";
  return Array.from({ length: count }, (_, look) => {
    hear(look);
    const { ask, lost, announce } = replicas.look();
    const asked = ask.map((mac) => mac === BROADCAST_MAC ? "?" : nameOf(mac));
    return [...asked, ...lost.map((mac) => `-${nameOf(mac)}`), ...announce ? ["!"] : []].join("");
  }).join(" ");
}

Deno.test("Replicas asks all at once and then each ten seconds, while nobody is there", () => {
  assert.equal(looks(new Replicas(), 42).replaceAll(" ", ""), "???");
  assert.equal(looks(new Replicas(), 41).length, "?".length + 40 + "??".length);
});

Deno.test("Replicas asks one that is silent, and announces twice when it does not answer", () => {
  const replicas = new Replicas();
  replicas.noteAnswer(A);
  assert.equal(looks(replicas, 8), "? a -a!  !   ");
});

Deno.test("Replicas announces nothing while the other one answers, or asks by itself", () => {
  const replicas = new Replicas();
  replicas.noteAnswer(A);
  assert.doesNotMatch(looks(replicas, 100, (look) => look % 2 || replicas.hear(A)), /!/);
});

Deno.test("Replicas hears only from those that have answered", () => {
  const replicas = new Replicas();
  assert.equal(replicas.hear(A), false);
  replicas.noteAnswer(A);
  assert.equal(replicas.hear(A), true);
  assert.equal(replicas.hear(B), false);
  assert.doesNotMatch(looks(replicas, 5), /b/);
});

Deno.test("Replicas knows one again that was lost and answers", () => {
  const replicas = new Replicas();
  replicas.noteAnswer(A);
  looks(replicas, 10);
  replicas.noteAnswer(A);
  assert.match(looks(replicas, 5), /-a!/);
});

Deno.test("Replicas announces no more than once a second, whoever comes and goes", () => {
  const replicas = new Replicas();
  let made = 0x0200_0000_1000;
  const said = looks(replicas, 200, () => replicas.noteAnswer(made++ as MacAddress));
  assert.ok(said.split("!").length > 50, said);
  assert.doesNotMatch(said, /! \S*!/);
});

Deno.test("Replicas asks sixteen at most, and no group of hosts", () => {
  const replicas = new Replicas();
  replicas.noteAnswer(BROADCAST_MAC);
  replicas.noteAnswer(0 as MacAddress);
  for (let i = 0; i < 100; i++) replicas.noteAnswer(0x0200_0000_1000 + i as MacAddress);
  replicas.look();
  assert.equal(replicas.look().ask.length, 16);
});

Deno.test("Replicas forgets all when the address is no longer its own", () => {
  const replicas = new Replicas();
  replicas.noteAnswer(A);
  looks(replicas, 3);
  replicas.clear();
  assert.equal(looks(replicas, 5).trim(), "?");
});
