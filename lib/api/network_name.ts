/** Names of VM networks (NetworkAttachmentDefinitions) as our kinds write them. */

/**
 * The full name of a network.
 *
 * @param networkName As written in an object, with or without a namespace.
 * @param namespace Namespace of that object, which a bare name is resolved against, as Multus does.
 * @returns `namespace/name`.
 */
export function networkNameOf(networkName: string, namespace: string): string {
  return networkName.includes("/") ? networkName : `${namespace}/${networkName}`;
}
