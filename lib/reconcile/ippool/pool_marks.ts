/** Plans the marks of a record: addresses that are never handed out. */

import { EXCLUDED_MARK, RESERVED_MARK } from "../../api/ippool/ippool.ts";
import type { Ipv4Settings } from "../../api/ippool/ipv4_config.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import type { Mark } from "./allocation_record.ts";
import type { PoolAddresses, PoolView } from "./pool_view.ts";
import type { RecordEdit } from "./record_edit.ts";

/** Takes away marks that the specification does not have any more. */
export function removeMarks(
  edit: RecordEdit,
  { record }: PoolView,
  { settings, range }: PoolAddresses,
): void {
  const wanted = marksOf(settings, range);
  for (const [address, mark] of record.marks) {
    if (wanted.get(address) !== mark) edit.remove(address);
  }
}

/** Puts marks where they belong. A binding keeps its address; until it goes, there is no mark. */
export function placeMarks(edit: RecordEdit, { settings, range }: PoolAddresses): void {
  for (const [address, mark] of marksOf(settings, range)) {
    if (!edit.isTaken(address)) edit.mark(address, mark);
  }
}

function marksOf(
  { exclude, serverIp, router }: Ipv4Settings,
  range: PoolAddresses["range"],
): ReadonlyMap<Ipv4Address, Mark> {
  const marks = new Map<Ipv4Address, Mark>();
  for (const address of exclude) marks.set(address, EXCLUDED_MARK);
  for (const address of [serverIp, router]) {
    if (address !== undefined && range.kindOf(address) === "reserved") {
      marks.set(address, RESERVED_MARK);
    }
  }
  return marks;
}
