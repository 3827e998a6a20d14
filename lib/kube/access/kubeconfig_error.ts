/** Says what is wrong with the configuration of the access to a cluster. */

/** A kubeconfig that cannot be used. */
export class KubeconfigError extends Error {
  override readonly name = "KubeconfigError";

  /**
   * @param file Path of the file.
   * @param field Path of the field within it, such as `users[0].user.exec`.
   * @param problem Continues the sentence that begins with the field.
   */
  constructor(readonly file: string, readonly field: string, problem: string) {
    super(`${file}: ${field} ${problem}`);
  }
}
