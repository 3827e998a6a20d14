/** Where the fields of a message lie (RFC 2131 section 2, figure 1). */

/** First four octets of the options field: 99, 130, 83, 99 (RFC 2131 section 3). */
export const MAGIC_COOKIE = 0x63825363;

/** Octet offsets of the fields from the start of the UDP payload. */
export const FieldOffset = {
  op: 0,
  htype: 1,
  hlen: 2,
  hops: 3,
  xid: 4,
  secs: 8,
  flags: 10,
  ciaddr: 12,
  yiaddr: 16,
  siaddr: 20,
  giaddr: 24,
  chaddr: 28,
  sname: 44,
  file: 108,
  cookie: 236,
  options: 240,
} as const;

/** Octets of `chaddr`, of which an Ethernet address fills six. */
export const CHADDR_BYTES = 16;

/** Octets of `sname`. */
export const SNAME_BYTES = 64;

/** Octets of `file`. */
export const FILE_BYTES = 128;
