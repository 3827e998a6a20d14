import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { isKnownTextMap, parseInSteps } from "./json_steps.ts";

/** @returns The value, and how many steps it took. */
function parse(
  text: string,
  stepChars?: number,
): { readonly value: unknown; readonly steps: number } {
  const reading = parseInSteps(text, stepChars);
  let steps = 1;
  for (let step = reading.next();; step = reading.next(), steps++) {
    if (step.done) return { value: step.value, steps };
  }
}

/** Longer than what is read in one step, in white space or in a text. */
const FAR = 40_000;

const MAP = Object.fromEntries(
  Array.from({ length: 5000 }, (_, i) => [`10.0.${i >> 8}.${i & 255}`, `52:54:00:00:00:${i % 90}`]),
);

const VALUES: readonly { readonly name: string; readonly value: unknown }[] = [
  { name: "a large map of texts", value: { status: { ipv4: { allocated: MAP, used: 5000 } } } },
  {
    name: "texts with brackets, commas, colons and quotes",
    value: {
      ...MAP,
      odd: 'a "quoted\\" {text}, with [all]: of it',
      '}{",:\\"': "}],",
      unicode: "ü 😀 \ud800 \u2028 \u0000",
    },
  },
  {
    name: "a large list of objects",
    value: Array.from({ length: 5000 }, (_, i) => ({ i, a: [`${i}`] })),
  },
  {
    name: "values of all kinds",
    value: Array.from({ length: 5000 }, (_, i) => [null, true, -1.5e-7, i]),
  },
  {
    name: "large values beside small ones",
    value: { a: 1, b: MAP, c: [MAP, 2, MAP], d: {}, e: [] },
  },
  { name: "a long text", value: { a: "x".repeat(FAR), b: ["y".repeat(FAR)] } },
  { name: "a long key", value: { ["k".repeat(FAR)]: { ["k".repeat(FAR)]: 1 } } },
  {
    name: "keys that are numbers, in the order of numbers",
    value: Object.fromEntries(
      Array.from({ length: 5000 }, (_, i) => [`${(i * 7919) % 5000}`, "x"]),
    ),
  },
];

for (const { name, value } of VALUES) {
  Deno.test(`parseInSteps() reads ${name} as JSON.parse() does`, () => {
    for (const text of [JSON.stringify(value), JSON.stringify(value, null, 2)]) {
      const { value: read, steps } = parse(text);
      // The texts have the order of keys as well.
      equal(JSON.stringify(read), JSON.stringify(JSON.parse(text)));
      ok(steps > text.length / 100_000, `${steps} steps`);
    }
  });
}

Deno.test("parseInSteps() takes the last of several members with one key, and __proto__ as any other", () => {
  const filler = JSON.stringify(MAP).slice(1, -1);
  for (const value of ['"x"', '{"polluted":true}', `{${filler}}`]) {
    const text = `{"a":1,"__proto__":1,${filler},"a":2,"__proto__":${value}}`;
    const read = parse(text).value as object;
    deepEqual(Object.entries(read), Object.entries(JSON.parse(text)));
    equal(Object.getPrototypeOf(read), Object.prototype);
  }
  equal("polluted" in {}, false);
});

Deno.test("parseInSteps() freezes maps of nothing but texts", () => {
  const { texts, others, list } = parse(JSON.stringify({
    texts: MAP,
    others: { ...MAP, number: 1 },
    list: Object.keys(MAP),
  })).value as Record<string, object>;
  deepEqual([texts, others, list].map((value) => isKnownTextMap(value!)), [true, false, false]);
  deepEqual([texts, others].map((value) => Object.isFrozen(value)), [true, false]);
});

Deno.test("parseInSteps() survives any depth, in about the time of its length", () => {
  const depth = 200_000;
  const { value } = parse("[".repeat(depth) + "]".repeat(depth));
  ok(Array.isArray(value));
  throws(() => parse("[".repeat(depth)), SyntaxError);
  throws(() => parse('{"a":'.repeat(depth)), SyntaxError);
});

const seed = Date.now() % 1_000_000;

/** Numbers in [0, below) from a seed. */
function createRandom(from: number): (below: number) => number {
  let state = from;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

const CHARS = [...'ab"\\{}[],:\n é', "\u0001", "\ud83d", "\ude00", "__proto__"];

function randomValue(random: (below: number) => number, depth: number): unknown {
  const kind = random(depth > 10 ? 5 : 8);
  // With a backslash in a key, V8 itself takes one key for another now and then: {" ":1,"\\ude00":2}.
  const key = () => text().replaceAll("\\", "");
  const text = () => Array.from({ length: random(9) }, () => CHARS[random(CHARS.length)]).join("");
  if (kind < 2) return text();
  if (kind === 2) return random(2) === 0 ? null : random(2) === 0;
  if (kind < 5) return (random(2000) - 1000) / (random(2) === 0 ? 1 : 7);
  const length = random(depth < 2 ? 20 : 3);
  const value = () => randomValue(random, depth + 1);
  if (kind === 5) return Array.from({ length }, value);
  if (kind === 6) return Object.fromEntries(Array.from({ length }, () => [key(), text()]));
  return Object.fromEntries(
    Array.from({ length }, (_, i) => [random(9) === 0 ? `${i}` : key(), value()]),
  );
}

function outcomeOf(read: () => unknown): string | undefined {
  try {
    return JSON.stringify(read());
  } catch (error) {
    if (error instanceof SyntaxError) return "it is refused";
    throw error;
  }
}

Deno.test(`parseInSteps() agrees with JSON.parse() about any text, damaged ones as well (seed ${seed})`, () => {
  const random = createRandom(seed);
  const damages = ['"', "\\", "{", "}", "[", "]", ",", ":", " ", "\u00a0", "1", ""];
  const outcomes = { taken: 0, refused: 0 };
  for (let round = 0; round < 3000; round++) {
    let text = JSON.stringify(randomValue(random, 0), null, random(3));
    for (let damage = 0; damage < 4; damage++) {
      const expected = outcomeOf(() => JSON.parse(text));
      outcomes[expected === "it is refused" ? "refused" : "taken"]++;
      const stepChars = 1 + random(40);
      const read = outcomeOf(() => parse(text, stepChars).value);
      equal(read, expected, `${stepChars} characters a step: ${text}`);
      const at = random(text.length + 1);
      text = text.slice(0, at) + damages[random(damages.length)] + text.slice(at + random(2));
    }
  }
  ok(outcomes.taken > 1000 && outcomes.refused > 1000, JSON.stringify(outcomes));
});
