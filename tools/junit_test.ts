import assert from "node:assert/strict";
import { formatTally, parseJunit, sumTallies } from "./junit.ts";
import { inFolder } from "../tests/support/harness/in_folder.ts";

const CASES = [
  {
    name: "counts nothing in an empty report",
    report: "<testsuites></testsuites>",
    want: [0, 0, 0],
  },
  {
    name: "counts a case without children",
    report: '<testcase name="a" time="0.1">\n</testcase>',
    want: [1, 0, 0],
  },
  { name: "counts an empty element", report: '<testcase name="a"/>', want: [1, 0, 0] },
  {
    name: "counts failures, errors and skips",
    report: '<testcase name="a"><failure message="x">y</failure></testcase>' +
      '<testcase name="b"><error/></testcase><testcase name="c">\n<skipped/>\n</testcase>',
    want: [0, 2, 1],
  },
  {
    name: "is not misled by escaped markup",
    report: '<testcase name="&lt;failure/&gt; of &lt;testcase/&gt;">&lt;skipped/&gt;</testcase>',
    want: [1, 0, 0],
  },
] as const;

for (const { name, report, want } of CASES) {
  Deno.test(`parseJunit() ${name}`, () => {
    const [passed, failed, skipped] = want;
    assert.deepEqual(parseJunit(report), { passed, failed, skipped });
  });
}

Deno.test("parseJunit() agrees with a report of the runtime itself", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(
      `${folder}/sample_test.ts`,
      `Deno.test("passes", () => {});
       Deno.test({ name: "does not run", ignore: 1 > 0, fn() {} });
       Deno.test("fails", () => { throw new Error("<skipped/>"); });`,
    );
    await new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-config", "--no-check", "--junit-path=report.xml", "sample_test.ts"],
      cwd: folder,
      stdout: "null",
      stderr: "null",
    }).output();
    const tally = parseJunit(await Deno.readTextFile(`${folder}/report.xml`));
    assert.deepEqual(tally, { passed: 1, failed: 1, skipped: 1 });
  }));

Deno.test("formatTally() prints the sum of sumTallies()", () => {
  const tallies = [{ passed: 1, failed: 2, skipped: 3 }, { passed: 10, failed: 20, skipped: 30 }];
  assert.equal(formatTally(sumTallies(tallies)), "11 passed, 22 failed, 33 skipped");
});
