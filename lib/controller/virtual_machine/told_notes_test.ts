import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clocks/fake_clock.ts";
import type { Note } from "../../api/event_note.ts";
import type { EventNote } from "../../kube/contract.ts";
import { ToldNotes } from "./told_notes.ts";

const AGAIN_MS = 30 * 60_000;
const VM = { apiVersion: "kubevirt.io/v1", kind: "VirtualMachine", metadata: { name: "vm" } };

function note(text: string): Note {
  return { type: "Warning", reason: "NoMACAddress", note: text };
}

Deno.test("ToldNotes tells each note once, and all of them again before Events are forgotten", async () => {
  const clock = new FakeClock();
  const events: EventNote[] = [];
  const told = new ToldNotes(clock);
  const tell = (notes: readonly Note[], isGone = false) =>
    told.tell("default/vm", isGone ? undefined : VM, notes, {
      record: (event) => void events.push(event),
    });
  assert.deepEqual(tell([note("a")]), { requeueAfterMs: AGAIN_MS });
  tell([note("a")]);
  assert.deepEqual(events.splice(0), [{ ...note("a"), regarding: VM }]);
  await clock.advance(AGAIN_MS / 2);
  tell([note("a"), note("b")]);
  assert.deepEqual(events.splice(0).map((event) => event.note), ["b"]);
  await clock.advance(AGAIN_MS / 2);
  tell([note("a"), note("b")]);
  assert.deepEqual(events.splice(0).map((event) => event.note), ["a"]);
  assert.deepEqual(tell([]), {}, "there is nothing to come back for");
  tell([note("a")]);
  assert.equal(events.splice(0).length, 1, "it came anew");
  assert.deepEqual(tell([note("a")], true), {}, "the VM is gone");
});
