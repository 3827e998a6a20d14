/** Why a file or a folder cannot be used, and what to do about it. */

import { messageOf } from "../../../lib/base/errors.ts";

const CURES: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full: make room on it",
  EDQUOT: "the quota of this user on the disk is used up: make room, or raise it",
  EROFS: "the file system is read-only: mount it read-write",
  EACCES: "this user may not: see the owner and the mode of the file and of its folder",
  EPERM: "this user may not: see the owner, the mode and the attributes of the file and its folder",
  ENOENT: "there is no such file or folder",
  EEXIST: "something else has this name: remove it, or choose another name",
  ENOTDIR: "a part of the path is no folder",
  EISDIR: "it is a folder",
  ENOTEMPTY: "a folder with files in it has this name: remove it, or choose another name",
  ELOOP: "its symbolic links lead round in a circle: remove one of them",
  ENAMETOOLONG: "the name is too long: choose a shorter one",
  EIO: "the disk reports an error: see the kernel's log",
  EMFILE: "this process has too many files open: raise its limit",
  ENFILE: "this host has too many files open: raise fs.file-max",
};

/** The runtime wants more permissions for these folders than are kept, and advises to compile anew. */
const NOT_PERMITTED =
  "this program has given up the right to use it: choose a folder that is not below /dev, /proc or /sys";

/** The true reason of a failure, in words where it is a usual one. */
export function reasonOf(thrown: unknown): string {
  if (thrown instanceof Deno.errors.NotCapable) return NOT_PERMITTED;
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  const cure = CURES[code];
  return cure === undefined ? messageOf(thrown) : `${cure} (${code})`;
}
