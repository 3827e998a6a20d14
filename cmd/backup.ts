/** `vm-dhcp backup` */

import { copyUnused } from "../lib/apiserver/store/copies.ts";
import { DataFolderError } from "../lib/apiserver/store/data_folder_error.ts";
import { type Command, CommandError, type Invocation } from "./cli/command.ts";
import { parseText } from "./cli/flag_values.ts";
import { type FlagTable, parseArguments, UsageError } from "./cli/flags.ts";
import { type BackedUpFile, writeBackup } from "./compose/backup/backup_file.ts";
import { runningRecord } from "./compose/backup/running_record.ts";
import { loadAccess } from "./compose/cluster.ts";
import { reasonOf } from "./compose/files/file_fault.ts";

const FLAGS = {
  "data-dir": {
    kind: "value",
    placeholder: "DIR",
    help: "Data folder of standalone, which may run or not.",
    required: true,
    parse: parseText,
  },
} as const satisfies FlagTable;

/** What others have of a mode. */
const OTHERS = 0o077;

export const backupCommand: Command = {
  name: "backup",
  description:
    "Writes the data folder of standalone to FILE, an archive of tar: the record of who has which\n" +
    "address as it is at one moment, also while standalone runs, and the credentials of the API. FILE\n" +
    "holds the token, with which anybody may change anything, and only its owner may read it. To\n" +
    "restore, extract it into an empty folder and start standalone on that.",
  synopsis: "backup FILE --data-dir DIR",
  flags: FLAGS,
  words: ["file"],
  example: "  vm-dhcp backup /backup/vm-dhcp.tar --data-dir /var/lib/vm-dhcp\n" +
    "  mkdir -m 700 /var/lib/restored && tar -xf /backup/vm-dhcp.tar -C /var/lib/restored",
  permissions: ["env", "net", "read", "sys", "write"],
  async run(invocation) {
    const { flags, words: [file, second] } = parseArguments(
      FLAGS,
      invocation.args,
      invocation.env,
    );
    if (file === undefined) throw new UsageError("a FILE to write is required");
    if (file === "-") {
      throw new UsageError(
        "FILE cannot be the standard output: the archive holds the token of the API, and only its " +
          "owner may read it; name a file",
      );
    }
    if (second !== undefined) throw new UsageError(`unexpected argument "${second}"`);
    const dataDir = flags["data-dir"];
    // SQLite makes its files with the mode that this leaves.
    Deno.umask(OTHERS);
    const owner = await ownerOf(dataDir);
    const bytes = await writeBackup(file, await filesOf(dataDir, file, invocation), owner);
    invocation.print(
      `${dataDir} is backed up to ${file}, ${bytes} octets. It holds the token of the API: keep it as ` +
        "safe as the folder.",
    );
  },
};

async function ownerOf(dataDir: string) {
  try {
    const { uid, gid } = await Deno.stat(`${dataDir}/state.db`);
    return { uid: uid ?? 0, gid: gid ?? 0, modifiedMs: Date.now() };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new CommandError(`${dataDir} has no state.db: it is no data folder of standalone`);
    }
    throw new CommandError(`${dataDir} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

async function filesOf(
  dataDir: string,
  file: string,
  invocation: Invocation,
): Promise<readonly BackedUpFile[]> {
  const files: BackedUpFile[] = [
    { name: "state.db", content: recordOf(dataDir, file, invocation) },
    // In the place of those that are in the folder where the archive is extracted.
    { name: "state.db-wal", content: noOctets() },
    { name: "state.db-revision", content: noOctets() },
  ];
  for (const name of ["credentials.json", "kubeconfig"]) {
    const path = `${dataDir}/${name}`;
    // Standalone that has not listened yet has none, and makes it.
    if (await isPresent(path)) files.push({ name, content: contentOf(path) });
  }
  return files;
}

async function isPresent(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

async function* noOctets(): AsyncGenerator<Uint8Array> {}

async function* contentOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield await Deno.readFile(path);
  } catch (error) {
    throw new CommandError(`${path} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

/** The record by whichever way leads to it. */
async function* recordOf(
  dataDir: string,
  file: string,
  { env, signal }: Invocation,
): AsyncGenerator<Uint8Array> {
  const copy = `${file}.${crypto.randomUUID()}`;
  try {
    if (await copyUnused(`${dataDir}/state.db`, copy)) {
      using opened = await Deno.open(copy);
      yield* opened.readable;
    } else {
      const kubeconfig = `${dataDir}/kubeconfig`;
      yield* runningRecord(await loadAccess({ kubeconfig, kubecontext: undefined }, env), signal);
    }
  } catch (error) {
    throw error instanceof DataFolderError ? new CommandError(error.message) : error;
  } finally {
    await Deno.remove(copy).catch(() => {});
  }
}
